//! What a reader is told beside the columns.

use super::dialect::Dialect;
use super::group::Grouping;
use crate::data::Longer;

/// The settings of a reader.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// Texts that mean a missing value, beside the empty one.
    pub(super) missing: Vec<String>,
    pub(super) drop_rows_with_missing: bool,
    /// Names in the file, and what they are to be.
    pub(super) renames: Vec<(String, String)>,
    /// Columns that hold classes.
    pub(super) classes: Vec<(String, ClassNames)>,
    /// Columns that hold sequences, their greatest length, and what happens to longer ones.
    pub(super) sequences: Vec<(String, usize, Longer)>,
    pub(super) grouping: Grouping,
    /// How CSV files are written.
    pub(super) dialect: Dialect,
    /// The names of columns without a header.
    pub(super) names: Option<Vec<String>>,
}

/// Where the names of classes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClassNames {
    /// The different values, sorted.
    Learned,
    /// A list.
    Given(Vec<String>),
}

impl Options {
    /// The columns that options name, and the methods that named them.
    pub(super) fn named_columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let classes = self.classes.iter().map(|(key, _)| ("Reader::classes", key.as_str()));
        let sequences = self.sequences.iter().map(|(key, ..)| ("Reader::sequence", key.as_str()));
        let one = self.grouping.one.iter().map(|key| ("Reader::one_per_group", key.as_str()));
        let first = self.grouping.first.iter().map(|key| ("Reader::first_of_group", key.as_str()));
        classes.chain(sequences).chain(one).chain(first)
    }
}
