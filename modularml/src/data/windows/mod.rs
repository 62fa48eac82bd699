//! Windows over recordings: samples that are views of consecutive rows.

mod columns;
mod runs;

use std::sync::Arc;

use super::spans::Spans;
use super::table::Table;
use super::{Dynamic, FeatureSet, SampleSchema, View};
use crate::spec::{Ticks, TimeStep, WindowsSpec};
use crate::{Error, Result, rules};

/// A sample that is a window of the rows of recordings; implemented by `#[derive(SampleSchema)]` under
/// `#[windows(of = .., length = ..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a window of rows",
    label = "not a window of rows",
    note = "add #[windows(of = Reading, length = 256)] below #[derive(SampleSchema)], with the struct of a row"
)]
pub trait WindowSchema: SampleSchema {
    /// A row of a recording, which is a sample itself.
    type Row;
    /// How each column comes out of the rows.
    const WINDOWS: WindowsSpec;
}

/// Makes samples of recordings: windows of consecutive rows, of which nothing is copied.
///
/// The rows of a recording stand one after the other in the order of their time, one recording behind the other, in memory
/// or in a store that is larger than it. What a window is, how many rows it has, and what each of its columns is made of,
/// is declared in the struct of the sample; how far windows are apart is said here. In memory are the number of the
/// first row of each window, its id, and the columns that have one value a window.
///
/// A recording is cut into runs: one ends where another recording begins, where a row comes later than
/// [`longest_step`](Self::longest_step) after the one before it, and where rows were left out of the view. The first window
/// of a run begins at its first row, and a window lies in one run, its horizon too. Rows at the end of a run that are too
/// few for a window are in none.
///
/// The id of a window is that of its first row.
///
/// ```
/// use modularml::prelude::*;
///
/// /// A row of a recording.
/// #[derive(SampleSchema)]
/// struct Reading {
///     #[tag(group)]
///     cell: u32,
///     #[tag]
///     second: i64,
///     #[feat]
///     current: f32,
///     #[feat]
///     voltage: f32,
/// }
///
/// /// Four readings, and what comes in the next two.
/// #[derive(SampleSchema)]
/// #[windows(of = Reading, length = 4, horizon = 2, by = cell, in_order_of = second)]
/// struct Piece {
///     #[feat(window = [current, voltage])]
///     signals: [[f32; 2]; 4],
///     #[target(window = voltage, ahead)]
///     next: [f32; 2],
///     #[target(window = voltage, max)]
///     highest: f32,
///     #[tag(group)]
///     cell: u32,
/// }
///
/// let reading = |second: u8| Reading { cell: 7, second: second.into(), current: 1.0, voltage: second.into() };
/// let readings = FeatureSet::from_rows((0..10).map(reading))?;
/// let pieces: FeatureSet<Piece> = Windows::stride(2).longest_step(1.0).over(&readings)?;
/// assert_eq!(pieces.view().values(Piece::COLUMNS.next)?, [[4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]);
/// assert_eq!(pieces.view().values(Piece::COLUMNS.highest)?, [3.0, 5.0, 7.0]);
/// assert_eq!(pieces.ids()[1], readings.ids()[2]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Windows {
    stride: usize,
    longest_step: Option<TimeStep>,
}

impl Windows {
    /// Windows of which each begins so many rows behind the one before it; at least 1.
    pub const fn stride(rows: usize) -> Self {
        Self { stride: rows, longest_step: None }
    }

    /// Ends a run where the time of a row is more than `step` after that of the row before it: a number in the unit of the
    /// column that is `in_order_of`, or a span such as `"2 s"` in an order of times. Steps of floats need some slack, 0.101
    /// for steps of 0.1. Without it only another recording ends a run, and of [rows at a fixed step](super::Resample) a missing
    /// one.
    pub fn longest_step(self, step: impl Into<TimeStep>) -> Self {
        Self { longest_step: Some(step.into()), ..self }
    }

    /// The windows over all rows.
    ///
    /// # Errors
    /// When the stride is 0, the rows of a recording do not stand together or not in the order of their time, a row has no
    /// time or no recording, a step is limited of rows without a time, or no window fits into a run.
    pub fn over<P: WindowSchema>(self, recordings: &FeatureSet<P::Row>) -> Result<FeatureSet<P>> {
        self.over_rows(&recordings.view())
    }

    /// The windows over some rows, in the order of their set: rows that the view leaves out are in no window, and end a
    /// run.
    ///
    /// # Errors
    /// As [`over`](Self::over), or when the rows are not in the order of their set or have not the columns of `P::Row`.
    pub fn over_rows<P: WindowSchema>(self, rows: &View) -> Result<FeatureSet<P>> {
        Ok(FeatureSet::sharing(self.over_as(&P::WINDOWS, rows)?.table()))
    }

    /// The same of windows that the running program describes.
    ///
    /// # Errors
    /// As [`over_rows`](Self::over_rows), or when the description is refused by a rule.
    pub fn over_as(self, spec: &WindowsSpec, rows: &View) -> Result<FeatureSet<Dynamic>> {
        let mistakes = rules::windows::all(spec);
        if !mistakes.is_empty() {
            return Err(Error::Refused(mistakes.iter().map(ToString::to_string).collect()));
        }
        let fail = |problem: String| Error::Data(format!("windows `{}`: {problem}", spec.schema.name));
        if self.stride == 0 {
            return Err(fail("a stride of 0 rows; each window begins at least 1 row behind the one before it".into()));
        }
        let longest = self.longest_step.map(|step| longest(step, spec)).transpose().map_err(fail)?;
        let longest = match spec.resampled.and_then(|rows| in_units(rows.every, "every", spec).ok()) {
            // Steps of floats are not exact, but no step is longer than this one and shorter than two.
            Some(every) => Some(longest.unwrap_or(f64::INFINITY).min(1.5 * every)),
            None => longest,
        };
        let table = rows.table();
        if table.spans().is_some() {
            return Err(fail("these rows are windows already; make windows over the recordings".into()));
        }
        let count = |rows: usize| u32::try_from(rows).map_err(|_| fail(format!("{rows} rows in a window")));
        let (length, horizon) = (count(spec.length)?, count(spec.horizon)?);
        let starts: Arc<[u32]> = runs::starts(spec, self.stride, longest, rows)?.into();
        let columns = columns::of(spec, table, &starts)?;
        let ids = starts.iter().filter_map(|&start| table.ids.at(start)).collect();
        let (of, files) = (spec.of.name, table.ids.starts().clone());
        let times = columns::times(spec, table)?;
        let spans = Spans { of, rows: table.len(), files, starts, length, horizon, times };
        Ok(FeatureSet::of(Table::new(spec.schema, columns, ids).of_windows(spans, table)))
    }
}

/// The longest step in the unit of the column by which rows are in order.
fn longest(step: TimeStep, spec: &WindowsSpec) -> Result<f64, String> {
    if spec.in_order_of.is_none() {
        return Err("longest_step(..) of rows without a time; say in_order_of = .. in #[windows(..)]".into());
    }
    in_units(step, "longest_step", spec)
}

fn in_units(step: TimeStep, word: &str, spec: &WindowsSpec) -> Result<f64, String> {
    let order = spec.in_order_of.and_then(|key| spec.of.column(key)).ok_or_else(String::new)?;
    // A limit between whole numbers is no mistake.
    match step {
        TimeStep::Number(step) if step > 0.0 && order.dtype.is_number() => Ok(step),
        step => step.units(word, order).map(Ticks::real).map_err(|problem| problem.to_string()),
    }
}
