//! A search with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// A search with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct SearchSpec {
    /// The registered name, for example `RandomSearch`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether it tries lists of values only, and no ranges.
    pub lists_only: bool,
    /// Whether it ends trials after some of their epochs.
    pub halves: bool,
    /// Makes the search from its settings.
    pub code: Code,
}
