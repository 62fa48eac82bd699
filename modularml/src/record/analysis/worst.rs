//! The rows that are predicted worst.

use serde::{Deserialize, Serialize};

use super::table::Table;

/// How many rows are kept.
const KEPT: usize = 20;

/// The rows with the largest losses or errors, the largest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorstRows {
    /// What they are ordered by, in words.
    pub by: String,
    /// The columns that tell which rows they are: `id`, `tags.cell`.
    pub labels: Vec<String>,
    /// The rows.
    pub rows: Vec<WorstRow>,
}

/// A row with a large loss or error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorstRow {
    /// What stands in the columns of `labels`; cut off behind 200 characters.
    pub labels: Vec<String>,
    /// What would be right.
    pub target: Shown,
    /// What is predicted.
    pub predicted: Shown,
    /// The value that the rows are ordered by.
    pub error: f64,
}

/// A target or prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shown {
    /// The name of a class.
    Class(String),
    /// A number, or the first eight of an array.
    Numbers(Vec<f64>),
}

impl WorstRows {
    /// The worst of some rows, given by position with their errors.
    pub(super) fn of(
        table: &Table<'_>,
        by: &str,
        mut errors: Vec<(usize, f64)>,
        shown: impl Fn(usize) -> (Shown, Shown),
    ) -> Self {
        errors.retain(|(_, error)| error.is_finite());
        errors.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        errors.truncate(KEPT);
        let labels = table.labels();
        let row = |(row, error): (usize, f64)| {
            let (target, predicted) = shown(row);
            let labels = labels.iter().map(|name| table.text(name, row)).collect();
            WorstRow { labels, target, predicted, error }
        };
        let rows = errors.into_iter().map(row).collect();
        Self { by: by.to_owned(), labels, rows }
    }
}
