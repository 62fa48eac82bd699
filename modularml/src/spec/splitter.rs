//! A splitter with its type erased.

use super::code::Code;
use super::settings::Settings;
use super::shares::{Conditions, MAX_SHARES, Shares};
use crate::text::{Bounded, Name};

/// The most splits of one splitter: one a share or condition, and one of the rest.
pub const MAX_SPLITS: usize = MAX_SHARES + 1;

/// The names of the splits that one splitter makes; where they are more than [`MAX_SPLITS`], a rule refuses the splitter.
#[derive(Clone, Copy, PartialEq)]
pub struct SplitNames(Bounded<Name, MAX_SPLITS>);

impl SplitNames {
    /// The names.
    #[must_use]
    pub const fn of(names: &[Name]) -> Self {
        Self(Bounded::of("", names))
    }

    /// The same names and one more.
    #[must_use]
    pub const fn with(mut self, name: Name) -> Self {
        self.0.push(name);
        self
    }

    /// The names in order.
    #[must_use]
    pub const fn as_slice(&self) -> &[Name] {
        self.0.items()
    }

    /// How many there are, also where they are too many.
    #[must_use]
    pub const fn given(&self) -> usize {
        self.0.given()
    }
}

impl std::fmt::Debug for SplitNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_slice())
    }
}

/// A splitter with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct SplitterSpec {
    /// The registered name, for example `Random`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The splits that it makes, in order.
    pub splits: SplitNames,
    /// The shares of the splits, for splitters that have shares.
    pub shares: Option<Shares>,
    /// The conditions of the splits, for splitters that have conditions.
    pub conditions: Conditions,
    /// The column whose equal values stay together.
    pub group_by: Option<Name>,
    /// The column whose values are spread evenly.
    pub stratify_by: Option<Name>,
    /// The column whose values order the rows.
    pub order_by: Option<Name>,
    /// Whether a row may be in several splits.
    pub overlaps: bool,
    /// Whether it makes its two splits anew in each fold of a cross-validation ([`FoldsSpec`](super::FoldsSpec)).
    pub folds: bool,
    /// Assigns the positions of a view to the splits, in the order of [`SplitterSpec::names`].
    pub code: Code,
}
