//! What may be chosen: values of a parameter, or of the seed, that a search may try.

use serde::{Deserialize, Serialize};

use super::parameter::ParameterValue;
use crate::text::{List, Name, choices, interned};

/// `vary width in [32, 64, 128];`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceSpec {
    /// The parameter, or `seed`.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// What it may be.
    pub from: ChosenFrom,
}

/// What a value is chosen from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChosenFrom {
    /// One of these.
    Listed(List<ParameterValue>),
    /// Any between two, these included.
    Range {
        /// How it is drawn.
        spread: Spread,
        /// The lowest.
        low: ParameterValue,
        /// The highest.
        high: ParameterValue,
    },
}

impl ChosenFrom {
    /// The value at a position, of a range its low and its high end.
    pub(crate) const fn at(&self, position: usize) -> Option<&ParameterValue> {
        match (self, position) {
            (Self::Listed(values), _) if position < values.len() => Some(&values.items()[position]),
            (Self::Range { low, .. }, 0) => Some(low),
            (Self::Range { high, .. }, 1) => Some(high),
            _ => None,
        }
    }

    /// How many values are listed; of a range, its two ends.
    pub(crate) const fn count(&self) -> usize {
        match self {
            Self::Listed(values) => values.len(),
            Self::Range { .. } => 2,
        }
    }
}

/// How the values of a range are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each number alike.
    Uniform,
    /// Each order of magnitude alike.
    LogUniform,
    /// Each whole number alike.
    Integers,
}

choices!(Spread: Uniform, LogUniform, Integers);

/// All values between two, as they stand behind `in` of a `vary`: made by [`Uniform`], [`LogUniform`] and [`Integers`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between<T> {
    /// How they are drawn.
    pub spread: Spread,
    /// The lowest.
    pub low: T,
    /// The highest.
    pub high: T,
}

/// Numbers between two, each alike: `vary dropout in Uniform::between(0.0, 0.5);`
#[derive(Clone, Copy, Debug)]
pub struct Uniform;

/// Numbers between two, each order of magnitude alike: `vary lr in LogUniform::between(1e-4, 1e-2);`
#[derive(Clone, Copy, Debug)]
pub struct LogUniform;

/// Whole numbers between two, each alike: `vary width in Integers::between(16, 256);`
#[derive(Clone, Copy, Debug)]
pub struct Integers;

impl Uniform {
    /// From `low` to `high`, both included.
    #[must_use]
    pub const fn between(low: f64, high: f64) -> Between<f64> {
        Between { spread: Spread::Uniform, low, high }
    }
}

impl LogUniform {
    /// From `low` to `high`, both included and above 0: numbers, or whole numbers that grow by factors.
    #[must_use]
    pub const fn between<T: Copy>(low: T, high: T) -> Between<T> {
        Between { spread: Spread::LogUniform, low, high }
    }
}

impl Integers {
    /// From `low` to `high`, both included.
    #[must_use]
    pub const fn between<T: Whole>(low: T, high: T) -> Between<T> {
        Between { spread: Spread::Integers, low, high }
    }
}

/// The types of whole numbers that a parameter has.
#[diagnostic::on_unimplemented(
    message = "`Integers` are whole numbers, and `{Self}` is no type of them",
    label = "not a whole number",
    note = "write Uniform::between(..) or LogUniform::between(..)"
)]
pub trait Whole: Copy {}

impl Whole for usize {}
impl Whole for u64 {}
impl Whole for i64 {}
