//! What a row is that stands on a grid of time, made of the rows of a recording.

use super::{SchemaSpec, TimeStep};
use crate::text::{Name, choices};

/// How each column of a row at a fixed step comes out of rows at any times, known at compile time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResampledSpec {
    /// The row at a fixed step.
    pub schema: SchemaSpec,
    /// A row of a recording.
    pub of: SchemaSpec,
    /// How far rows are apart.
    pub every: TimeStep,
    /// How far rows of a recording may be apart for values between them to be made: behind a longer gap they begin anew.
    pub limit: TimeStep,
    /// Where the grid begins.
    pub origin: Origin,
    /// The column of a row that says of which recording it is; none where all rows are of one.
    pub by: Option<Name>,
    /// The column of a row that says when it was measured.
    pub in_order_of: Name,
    /// Of each column, in order, what it is made of.
    pub columns: &'static [ResampledColumn],
}

/// What a column at a fixed step is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResampledColumn {
    /// The column of a row of a recording.
    pub of: Name,
    /// How its value comes out of the rows around it; none where that was not said, as of the time itself and of what says
    /// which recording it is.
    pub fill: Option<Fill>,
}

/// How the value of a column at a step comes out of the rows around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// The last value that is known: that of the step's own time or, at most the limit, before it.
    Last,
    /// On the straight line between the values before and behind it, which are at most the limit apart.
    Linear,
    /// The mean of the values from the step's time until the next step.
    Mean,
}

choices!(Fill: Last = "last", Linear = "linear", Mean = "mean");

/// Where a grid of time begins, as pandas calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// At the midnight before the first row of a recording, in the zone of the column of times; in an order of numbers or
    /// spans, which have no days, at 0.
    StartDay,
    /// At 1970-01-01T00:00:00Z, or 0.
    Epoch,
    /// At the first row of each recording.
    Start,
}

choices!(Origin: StartDay = "start_day", Epoch = "epoch", Start = "start");

impl ResampledSpec {
    /// The column that holds the times of the steps.
    #[must_use]
    pub const fn time(&self) -> Name {
        let mut i = 0;
        while i < self.columns.len() && i < self.schema.columns.len() {
            if self.columns[i].is_time(self) {
                return self.schema.columns[i].key;
            }
            i += 1;
        }
        self.in_order_of
    }

    /// The column that says of which recording a row is; none where all are of one.
    #[must_use]
    pub const fn recording(&self) -> Option<Name> {
        let mut i = 0;
        while i < self.columns.len() && i < self.schema.columns.len() {
            if self.columns[i].is_recording(self) {
                return Some(self.schema.columns[i].key);
            }
            i += 1;
        }
        self.by
    }
}

impl ResampledColumn {
    /// Whether it holds the times of the steps themselves.
    #[must_use]
    pub const fn is_time(&self, spec: &ResampledSpec) -> bool {
        self.fill.is_none() && crate::text::same(self.of, spec.in_order_of)
    }

    /// Whether it says of which recording a row is.
    #[must_use]
    pub const fn is_recording(&self, spec: &ResampledSpec) -> bool {
        match spec.by {
            Some(by) => self.fill.is_none() && crate::text::same(self.of, by),
            None => false,
        }
    }
}
