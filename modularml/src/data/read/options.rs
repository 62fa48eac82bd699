//! What a reader is told beside the columns.

use super::dialect::Dialect;
use crate::data::{ColumnSpec, Longer, Twice};

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
    /// Columns that hold decimals, and how many digits they have behind the point.
    pub(super) decimals: Vec<(String, u8)>,
    /// Columns that hold sequences, their greatest length, and what happens to longer ones.
    pub(super) sequences: Vec<(String, usize, Longer)>,
    /// Columns that are arrays, and the names of the columns of a file that are their positions.
    pub(super) arrays: Vec<(String, Vec<String>)>,
    pub(super) grouping: Grouping,
    /// Columns of times, and how they are written.
    pub(super) formats: Vec<(String, String)>,
    /// Columns of times, and where the clock stood that they show.
    pub(super) zones: Vec<(String, String)>,
    /// Columns of times, and which one is meant where that clock showed it twice.
    pub(super) twice: Vec<(String, Twice)>,
    /// How CSV files are written.
    pub(super) dialect: Dialect,
    /// The names of columns without a header.
    pub(super) names: Option<Vec<String>>,
}

/// What a reader is told about groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Grouping {
    /// The columns whose values rows of one group share.
    pub(super) by: Vec<String>,
    /// The columns by which the rows of a group are ordered.
    pub(super) sort_by: Vec<String>,
    /// Columns with one value a group.
    pub(super) one: Vec<String>,
    /// Columns of which the first row of a group gives the value.
    pub(super) first: Vec<String>,
}

impl Grouping {
    /// Whether rows are grouped.
    pub(super) fn is_wanted(&self) -> bool {
        !self.by.is_empty()
    }

    /// All columns that are named, each with the method that named it.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.by.iter().chain(&self.sort_by)
    }
}

/// What is said of how the times of a column are written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    /// The format; empty for ISO 8601.
    pub(super) format: &'a str,
    /// The zone in which the clock stood; empty for UTC.
    pub(super) zone: &'a str,
    /// Which time is meant where that clock showed it twice.
    pub(super) twice: Twice,
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
    /// How the times of a column are written: as the reader was told, else as the schema says.
    pub(super) fn time_of<'a>(&'a self, spec: &ColumnSpec) -> Said<'a> {
        let of = |all: &'a [(String, String)], declared: &'static str| {
            all.iter().find(|(key, _)| key == spec.key).map_or(declared, |(_, said)| said.as_str())
        };
        let twice = self.twice.iter().find(|(key, _)| key == spec.key).map_or(spec.twice, |(_, twice)| *twice);
        Said { format: of(&self.formats, spec.format), zone: of(&self.zones, spec.zone), twice }
    }

    /// The columns that options name, and the methods that named them.
    pub(super) fn named_columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let classes = self.classes.iter().map(|(key, _)| ("Reader::classes", key.as_str()));
        let sequences = self.sequences.iter().map(|(key, ..)| ("Reader::sequence", key.as_str()));
        let one = self.grouping.one.iter().map(|key| ("Reader::one_per_group", key.as_str()));
        let first = self.grouping.first.iter().map(|key| ("Reader::first_of_group", key.as_str()));
        let arrays = self.arrays.iter().map(|(key, _)| ("Reader::array", key.as_str()));
        let formats = self.formats.iter().map(|(key, _)| ("Reader::time_format", key.as_str()));
        let zones = self.zones.iter().map(|(key, _)| ("Reader::zone", key.as_str()));
        let twice = self.twice.iter().map(|(key, _)| ("Reader::twice", key.as_str()));
        let decimals = self.decimals.iter().map(|(key, _)| ("Reader::decimal", key.as_str()));
        classes
            .chain(twice)
            .chain(decimals)
            .chain(sequences)
            .chain(one)
            .chain(first)
            .chain(formats)
            .chain(zones)
            .chain(arrays)
    }
}
