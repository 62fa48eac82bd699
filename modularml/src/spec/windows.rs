//! What a sample is that is a window of the rows of a recording.

use super::{ResampledSpec, SchemaSpec};
use crate::text::{Name, choices};

/// How each column of a sample comes out of a window of rows, known at compile time.
///
/// A window is `length` rows one after the other, and the `horizon` rows behind them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowsSpec {
    /// The sample.
    pub schema: SchemaSpec,
    /// A row of a recording.
    pub of: SchemaSpec,
    /// How its rows came to stand at a fixed step, where they do: a longer step ends a run.
    pub resampled: Option<&'static ResampledSpec>,
    /// How many rows a window has.
    pub length: usize,
    /// How many rows behind it belong to it, of which columns that are `ahead` are made.
    pub horizon: usize,
    /// The column of a row that says of which recording it is; none where all rows are of one.
    pub by: Option<Name>,
    /// The column of a row by which the rows of a recording are in order; none where nothing says so.
    pub in_order_of: Option<Name>,
    /// Of each column of the sample, in order, what it is made of.
    pub columns: &'static [WindowColumn],
}

/// What a column of a sample is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowColumn {
    /// The columns of a row.
    pub of: &'static [Name],
    /// Whether it is made of the horizon, not of the window.
    pub ahead: bool,
    /// What is taken of the rows; none where that was not said.
    pub take: Option<Take>,
    /// Whether the columns are the first axis and the rows the second one.
    pub columns_first: bool,
}

/// What is taken of the rows of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Take {
    /// The values of all rows, in their order.
    Every,
    /// The value of the first row.
    First,
    /// The value of the last row.
    Last,
    /// The mean.
    Mean,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// Whether one is true.
    Any,
    /// Whether all are true.
    All,
}

// As the attribute of a field says it; `every` is what `window = ..` says alone.
choices!(
    Take: Every = "every", First = "first", Last = "last", Mean = "mean", Min = "min", Max = "max", Any = "any", All = "all"
);

impl WindowsSpec {
    /// How many rows belong to a window, those of its horizon among them.
    #[must_use]
    pub const fn span(&self) -> usize {
        self.length.saturating_add(self.horizon)
    }
}
