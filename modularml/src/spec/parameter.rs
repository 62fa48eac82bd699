//! Parameters of a declaration: names with values that its settings are made of.

use std::fmt;
use std::fmt::Debug;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::real::{Real, of_kind};
use crate::text::{List, Message, Name, instead, intern, interned, same};
use crate::{Error, Result};

/// A parameter, and the value that a description was made with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterSpec {
    /// The name.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The value.
    pub value: ParameterValue,
}

/// The value of a parameter, its type erased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterValue {
    /// Of a `usize`, `u64` or `i64`.
    Int(i128),
    /// Of an `f64`.
    Float(f64),
    /// Of a `bool`.
    Bool(bool),
    /// Of an enum of choices, such as `Init`: the name of the variant.
    Choice(Name),
}

impl ParameterValue {
    /// The value of a `usize`.
    #[must_use]
    pub const fn size(value: usize) -> Self {
        Self::Int(value as i128)
    }

    /// The value of a `u64`.
    #[must_use]
    pub const fn seed(value: u64) -> Self {
        Self::Int(value as i128)
    }

    /// The value of an `i64`.
    #[must_use]
    pub const fn int(value: i64) -> Self {
        Self::Int(value as i128)
    }

    /// Whether two values are of one kind.
    pub(crate) const fn is_like(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Int(_), Self::Int(_))
                | (Self::Float(_), Self::Float(_))
                | (Self::Bool(_), Self::Bool(_))
                | (Self::Choice(_), Self::Choice(_))
        )
    }

    /// Whether two values are the same.
    pub(crate) const fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => *a == *b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Bool(a), Self::Bool(b)) => *a == *b,
            (Self::Choice(a), Self::Choice(b)) => same(a, b),
            _ => false,
        }
    }

    /// The number, of whole and other numbers.
    #[allow(clippy::cast_precision_loss, reason = "it is compared alone")]
    pub(crate) const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Bool(_) | Self::Choice(_) => None,
        }
    }

    /// Appends the value to a message.
    #[allow(clippy::cast_possible_truncation, reason = "values come from types of 64 bits")]
    pub(crate) const fn push(&self, message: Message) -> Message {
        match self {
            Self::Int(value) => {
                let message = if *value < 0 { message.text("-") } else { message };
                message.unsigned(value.unsigned_abs() as u64)
            }
            Self::Float(value) => message.number(*value),
            Self::Bool(true) => message.text("true"),
            Self::Bool(false) => message.text("false"),
            Self::Choice(name) => message.text(name),
        }
    }
}

impl fmt::Display for ParameterValue {
    /// As it is given on a command line; the same bits come back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => fmt::Display::fmt(value, f),
            Self::Float(value) => fmt::Display::fmt(value, f),
            Self::Bool(value) => fmt::Display::fmt(value, f),
            Self::Choice(name) => fmt::Display::fmt(name, f),
        }
    }
}

impl fmt::Display for ParameterSpec {
    /// As a command line gives it: `width=128`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl Serialize for ParameterValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Int(value) => value.serialize(serializer),
            Self::Float(value) => Real(*value).serialize(serializer),
            Self::Bool(value) => value.serialize(serializer),
            Self::Choice(name) => of_kind(serializer, "choice", name),
        }
    }
}

impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ParameterValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a parameter")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<ParameterValue, E> {
        Ok(ParameterValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<ParameterValue, E> {
        Ok(ParameterValue::int(value))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<ParameterValue, E> {
        Ok(ParameterValue::seed(value))
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<ParameterValue, E> {
        Ok(ParameterValue::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<ParameterValue, E> {
        Real::deserialize(serde::de::value::StrDeserializer::new(text)).map(|value| ParameterValue::Float(value.0))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<ParameterValue, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((kind, name)) if kind == "choice" => Ok(ParameterValue::Choice(intern(&name))),
            _ => Err(A::Error::custom("the value of a parameter is a number, true, false, or a choice")),
        }
    }
}

/// Values for all parameters of a declaration: `model_graph!` and `experiment!` generate such a struct for each that has
/// any.
pub trait Parameters: Copy + Debug + PartialEq + 'static {
    /// The declared values.
    const DEFAULT: Self;

    /// All of them, each with its value.
    fn specs(&self) -> Vec<ParameterSpec>;

    /// Takes the value of the parameter of this name that a text is; otherwise why it is none. Nothing where there is no
    /// such parameter.
    #[doc(hidden)]
    fn take(&mut self, name: &str, text: &str) -> Option<Result<(), String>>;

    /// Changes the parameter of this name to the value that a text is: `128`, `0.1`, `true`.
    ///
    /// # Errors
    /// When there is no parameter of this name, or the text is no value of its type; the message says what there is.
    fn set(&mut self, name: &str, text: &str) -> Result<()> {
        let specs = self.specs();
        match self.take(name, text) {
            Some(Ok(())) => Ok(()),
            Some(Err(takes)) => Err(Error::Data(format!("parameter `{name}` is {takes}, and `{text}` is none"))),
            None => {
                let known: Vec<Name> = specs.iter().map(|parameter| parameter.name).collect();
                let problem = format!("there is no parameter `{name}`{}", instead(name, &known));
                Err(Error::Unknown { what: "parameter", name: name.to_owned(), problem })
            }
        }
    }
}

/// The parameters of what declares none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoParameters;

impl Parameters for NoParameters {
    const DEFAULT: Self = Self;

    fn specs(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn take(&mut self, _name: &str, _text: &str) -> Option<Result<(), String>> {
        None
    }
}

/// The parameter of a name.
pub(crate) const fn find<'a>(parameters: &'a List<ParameterSpec>, name: &str) -> Option<&'a ParameterSpec> {
    let items = parameters.items();
    let mut i = 0;
    while i < items.len() {
        if same(items[i].name, name) {
            return Some(&items[i]);
        }
        i += 1;
    }
    None
}
