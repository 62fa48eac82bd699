//! Rows of recordings one after the other in the order of their time: what is made of them goes through them once.

use super::array::Numbers;
use super::{ColumnSpec, Dtype, Representation, SchemaSpec, View, column};
use crate::text::Name;
use crate::{Error, Result};

/// Of how many rows the times are read at once.
const ROWS_AT_ONCE: usize = 1 << 16;

/// How rows follow one another.
#[derive(Clone, Copy)]
pub(super) struct Recordings<'a> {
    /// What is made of the rows, for messages: "windows `Piece`".
    pub(super) what: &'a str,
    /// The column that says of which recording a row is; none where all are of one.
    pub(super) by: Option<Name>,
    /// The column by which the rows of a recording are in order; none where nothing says so.
    pub(super) in_order_of: Option<Name>,
}

/// A time, in the type in which differences of times are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time {
    Whole(i64),
    Real(f64),
}

/// A row, and how it follows the one before it.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    /// Its position in the view.
    pub(super) position: usize,
    /// When it was measured; none where rows have no times.
    pub(super) time: Option<Time>,
    /// Whether a recording begins with it.
    pub(super) begins: bool,
    /// Whether rows of the set between it and the one before it are not in the view.
    pub(super) skips: bool,
    /// How much later it is than the one before it, below 0 where it is earlier, as the first of a recording may be.
    pub(super) step: f64,
}

impl Time {
    /// How much later another one is.
    #[allow(clippy::cast_precision_loss, reason = "a step is compared with a limit that is no more exact")]
    pub(super) fn until(self, later: Self) -> f64 {
        match (self, later) {
            (Self::Whole(own), Self::Whole(later)) => (i128::from(later) - i128::from(own)) as f64,
            (Self::Real(own), Self::Real(later)) => later - own,
            _ => f64::NAN,
        }
    }
}

impl Recordings<'_> {
    fn fail(&self, problem: impl std::fmt::Display) -> Error {
        Error::Data(format!("{}: {problem}", self.what))
    }

    /// Refuses columns of rows that are not as their schema declares them.
    pub(super) fn check_columns<'k>(
        &self,
        of: &SchemaSpec,
        keys: impl IntoIterator<Item = &'k Name>,
        view: &View,
    ) -> Result<()> {
        for wanted in keys {
            let (found, _) = view.column(wanted)?;
            let differs = |it: &ColumnSpec| {
                let is_less_sure = found.allows_missing && !it.allows_missing;
                let is_other = it.dtype != found.dtype || it.scale != found.scale || it.classes != found.classes;
                is_other || !it.shape.same(&found.shape) || is_less_sure
            };
            if of.column(wanted).is_some_and(differs) {
                let (dtype, shape, of) = (found.dtype.name(), found.shape, of.name);
                return Err(self.fail(format!("column `{wanted}`, {dtype} {shape}, is not as `{of}` declares it")));
            }
        }
        Ok(())
    }

    /// Goes through all rows of a view, the times of some of which are in memory at once.
    ///
    /// # Errors
    /// When the rows of a recording do not stand together or not in the order of their time, or a row has no time or no
    /// recording.
    pub(super) fn each(&self, view: &View, mut visit: impl FnMut(Visit) -> Result<()>) -> Result<()> {
        let numbers = self.by.map(|by| self.numbers(by, view)).transpose()?;
        let mut last: Option<(u32, Option<Time>)> = None;
        for first in (0..view.len()).step_by(ROWS_AT_ONCE) {
            let rows = view.rows.get(first..(first + ROWS_AT_ONCE).min(view.len())).unwrap_or_default();
            let times = self.times(view, rows)?;
            for (at, &row) in rows.iter().enumerate() {
                let position = first + at;
                let time = times.as_ref().and_then(|times| times.get(at));
                if matches!(time, Some(Time::Real(time)) if time.is_nan()) {
                    return Err(self.fail(self.no_time(row)));
                }
                let Some((before, earlier)) = last.replace((row, time)) else {
                    visit(Visit { position, time, begins: true, skips: false, step: 0.0 })?;
                    continue;
                };
                if row <= before {
                    let problem =
                        format!("row {row} stands behind row {before}; give the rows in the order of their set");
                    return Err(self.fail(problem));
                }
                let begins = numbers.as_ref().is_some_and(|it| it.get(position) != it.get(position - 1));
                let step = earlier.zip(time).map_or(0.0, |(earlier, time)| earlier.until(time));
                if step < 0.0 && !begins {
                    return Err(self.fail(self.not_in_order(view, position)?));
                }
                visit(Visit { position, time, begins, skips: row - before > 1, step })?;
            }
        }
        Ok(())
    }

    /// The times of some rows of the table of a view; none where they have none.
    pub(super) fn times(&self, view: &View, rows: &[u32]) -> Result<Option<Times>> {
        let Some(key) = self.in_order_of else { return Ok(None) };
        let rows = view.with_rows(rows.into());
        if rows.column_spec(key)?.dtype.is_float() {
            return Ok(Some(Times::Real(rows.numbers(key, Representation::Raw)?)));
        }
        // Through f64, times in nanoseconds would lose their last digits.
        Ok(match rows.array(key, Representation::Raw, Dtype::I64)?.numbers {
            Numbers::I64(times) => Some(Times::Whole(times)),
            _ => None,
        })
    }

    /// The number of the recording of each row, which increases: its rows stand together, and each row has one.
    fn numbers(&self, by: &str, view: &View) -> Result<Vec<u32>> {
        let (spec, _) = view.column(by)?;
        if spec.allows_missing || spec.dtype.is_float() {
            let missing = view.filter(column(by).is_missing())?;
            if let Some(row) = missing.rows().first() {
                let count = missing.len();
                return Err(self.fail(format!(
                    "{count} rows have no `{by}`, the first of them row {row}, and belong to no recording; leave them out"
                )));
            }
        }
        let numbers = view.groups(by)?;
        let mut last = 0;
        for (position, &number) in numbers.iter().enumerate() {
            if number < last {
                let row = view.rows.get(position).copied().unwrap_or_default();
                return Err(self.fail(format!(
                    "the rows of one `{by}` do not stand together: in row {row} one goes on that ended before; sort the \
                     rows by `{by}` and time first, by View::sorted_by"
                )));
            }
            last = number;
        }
        Ok(numbers)
    }

    fn no_time(&self, row: u32) -> String {
        let key = self.in_order_of.unwrap_or_default();
        format!("row {row} has no `{key}`, so it has no place in its recording; leave such rows out")
    }

    fn not_in_order(&self, view: &View, position: usize) -> Result<String> {
        let key = self.in_order_of.unwrap_or_default();
        let rows = view.rows.get(position - 1..=position).unwrap_or_default();
        let pair = view.with_rows(rows.into());
        let times: Vec<String> = if pair.column_spec(key)?.dtype.is_time() {
            pair.times(key)?.into_iter().map(Option::unwrap_or_default).collect()
        } else {
            pair.numbers(key, Representation::Raw)?.iter().map(f64::to_string).collect()
        };
        let (Some(&[before, row]), Some([earlier, time])) = (rows.get(..2), times.get(..2)) else {
            return Ok(String::new());
        };
        let by = self.by.map(|by| format!("`{by}` and ")).unwrap_or_default();
        Ok(format!(
            "row {row} has `{key}` {time}, and row {before} before it has {earlier}; sort the rows by {by}`{key}` first, by \
             View::sorted_by"
        ))
    }
}

/// Times of rows.
pub(super) enum Times {
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

impl Times {
    pub(super) fn get(&self, at: usize) -> Option<Time> {
        match self {
            Self::Whole(times) => times.get(at).copied().map(Time::Whole),
            Self::Real(times) => times.get(at).copied().map(Time::Real),
        }
    }
}
