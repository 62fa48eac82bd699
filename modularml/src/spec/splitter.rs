//! A splitter with its type erased.

use super::code::Code;
use super::settings::Settings;
use super::shares::{Conditions, MAX_SHARES, Shares};
use crate::text::Name;

/// The names of the splits that one splitter makes, at most [`MAX_SHARES`]; those after are dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitNames {
    names: [Name; MAX_SHARES],
    len: usize,
}

impl SplitNames {
    /// The names.
    #[must_use]
    pub const fn of(names: &[Name]) -> Self {
        let mut all = Self { names: [""; MAX_SHARES], len: 0 };
        while all.len < names.len() {
            all = all.with(names[all.len]);
            if all.len == MAX_SHARES {
                break;
            }
        }
        all
    }

    /// The same names and one more.
    #[must_use]
    pub const fn with(mut self, name: Name) -> Self {
        if self.len < MAX_SHARES {
            self.names[self.len] = name;
            self.len += 1;
        }
        self
    }

    /// The names in order.
    #[must_use]
    pub const fn as_slice(&self) -> &[Name] {
        let (used, _) = self.names.split_at(self.len);
        used
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
    /// Assigns the positions of a view to the splits, in the order of [`SplitterSpec::names`].
    pub code: Code,
}
