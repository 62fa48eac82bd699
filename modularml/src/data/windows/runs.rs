//! Where windows begin: in runs of rows that follow each other in one recording.

use super::super::array::Numbers;
use super::super::{ColumnSpec, Dtype, Representation, View, column};
use crate::spec::WindowsSpec;
use crate::{Error, Result};

/// Of how many rows the times are read at once.
const ROWS_AT_ONCE: usize = 1 << 16;

/// Times of rows, in the type in which differences of them are exact.
enum Times {
    None,
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

/// How one row follows another.
enum Step {
    On,
    Gap,
    Back,
    NoTime,
}

/// The first row of each window, as numbers of the table.
pub(super) fn starts(spec: &WindowsSpec, stride: usize, longest_step: Option<f64>, view: &View) -> Result<Vec<u32>> {
    let fail = |problem: String| Error::Data(format!("windows `{}`: {problem}", spec.schema.name));
    if longest_step.is_some() && spec.in_order_of.is_none() {
        return Err(fail("longest_step(..) of rows without a time; say in_order_of = .. in #[windows(..)]".into()));
    }
    view.require_rows("make windows of")?;
    for wanted in spec.columns.iter().flat_map(|column| column.of).chain(&spec.by).chain(&spec.in_order_of) {
        let (found, _) = view.column(wanted)?;
        let declared = spec.of.column(wanted);
        let differs = |it: &ColumnSpec| {
            let is_less_sure = found.allows_missing && !it.allows_missing;
            it.dtype != found.dtype || !it.shape.same(&found.shape) || it.classes != found.classes || is_less_sure
        };
        if declared.is_some_and(differs) {
            let (dtype, shape, of) = (found.dtype.name(), found.shape, spec.of.name);
            return Err(fail(format!("column `{wanted}`, {dtype} {shape}, is not as `{of}` declares it")));
        }
    }
    let recordings = spec.by.map(|by| recordings(by, view).map_err(|problem| fail(problem.to_string()))).transpose()?;
    let (mut starts, mut run, mut longest, mut runs) = (Vec::new(), 0, 0, 0usize);
    let mut end_run = |from: usize, to: usize| {
        let rows = to - from;
        (longest, runs) = (longest.max(rows), runs + 1);
        if let Some(last) = rows.checked_sub(spec.span()) {
            starts.extend((0..=last).step_by(stride).filter_map(|at| view.rows.get(from + at).copied()));
        }
    };
    // The time of the last row of a chunk is that of the first one of the next as well.
    for first in (0..view.len()).step_by(ROWS_AT_ONCE) {
        let begin = first.saturating_sub(1);
        let end = (first + ROWS_AT_ONCE).min(view.len());
        let rows = view.rows.get(begin..end).unwrap_or_default();
        let times = times(spec, view, rows)?;
        if times.is_missing(0) {
            return Err(fail(no_time(spec, view, begin)));
        }
        for (at, pair) in rows.array_windows::<2>().enumerate() {
            let (position, [before, row]) = (begin + at + 1, *pair);
            if row <= before {
                return Err(fail(format!(
                    "row {row} stands behind row {before}; give the rows in the order of their set"
                )));
            }
            let is_same = recordings.as_ref().is_none_or(|it| it.get(position) == it.get(position - 1));
            let step = times.step(at, longest_step);
            let ends = match step {
                Step::NoTime => return Err(fail(no_time(spec, view, position))),
                Step::Back if is_same => return Err(fail(not_in_order(spec, view, position)?)),
                Step::Gap | Step::Back => true,
                Step::On => !is_same || row - before > 1,
            };
            if ends {
                end_run(run, position);
                run = position;
            }
        }
    }
    end_run(run, view.len());
    if starts.is_empty() {
        let (length, horizon) = (spec.length, spec.horizon);
        let behind = if horizon > 0 { format!(" and the {horizon} behind it") } else { String::new() };
        let rows = view.len();
        return Err(fail(format!(
            "no window of {length} rows{behind} fits into a run: {rows} rows are in {runs} runs, the longest of them of \
             {longest} rows; declare shorter windows, or allow a longer step"
        )));
    }
    Ok(starts)
}

/// The number of the recording of each row, which increases: its rows stand together, and each row has one.
fn recordings(by: &str, view: &View) -> Result<Vec<u32>> {
    let (spec, _) = view.column(by)?;
    if spec.allows_missing || spec.dtype.is_float() {
        let missing = view.filter(column(by).is_missing())?;
        if let Some(row) = missing.rows().first() {
            let count = missing.len();
            return Err(Error::Data(format!(
                "{count} rows have no `{by}`, the first of them row {row}, and belong to no recording; leave them out"
            )));
        }
    }
    let numbers = view.groups(by)?;
    let mut last = 0;
    for (position, &number) in numbers.iter().enumerate() {
        if number < last {
            let row = view.rows.get(position).copied().unwrap_or_default();
            return Err(Error::Data(format!(
                "the rows of one `{by}` do not stand together: in row {row} one goes on that ended before; sort the rows \
                 by `{by}` and time first, by View::sorted_by"
            )));
        }
        last = number;
    }
    Ok(numbers)
}

fn times(spec: &WindowsSpec, view: &View, rows: &[u32]) -> Result<Times> {
    let Some(key) = spec.in_order_of else { return Ok(Times::None) };
    let rows = view.with_rows(rows.into());
    if rows.column_spec(key)?.dtype.is_float() {
        return Ok(Times::Real(rows.numbers(key, Representation::Raw)?));
    }
    // Through f64, times in nanoseconds would lose their last digits.
    match rows.array(key, Representation::Raw, Dtype::I64)?.numbers {
        Numbers::I64(times) => Ok(Times::Whole(times)),
        _ => Ok(Times::None),
    }
}

impl Times {
    fn is_missing(&self, at: usize) -> bool {
        matches!(self, Self::Real(times) if times.get(at).is_some_and(|time| time.is_nan()))
    }

    /// The step from the time at a place to the next one.
    #[allow(clippy::cast_precision_loss, reason = "a step is compared with a limit that is no more exact")]
    fn step(&self, at: usize, longest: Option<f64>) -> Step {
        let step = match self {
            Self::None => return Step::On,
            Self::Whole(times) => {
                let Some(&[before, now]) = times.get(at..at + 2) else { return Step::On };
                (i128::from(now) - i128::from(before)) as f64
            }
            Self::Real(times) => {
                let Some(&[before, now]) = times.get(at..at + 2) else { return Step::On };
                now - before
            }
        };
        if step.is_nan() {
            return Step::NoTime;
        }
        if step < 0.0 {
            return Step::Back;
        }
        if longest.is_some_and(|longest| step > longest) { Step::Gap } else { Step::On }
    }
}

fn no_time(spec: &WindowsSpec, view: &View, position: usize) -> String {
    let row = view.rows.get(position).copied().unwrap_or_default();
    let key = spec.in_order_of.unwrap_or_default();
    format!("row {row} has no `{key}`, so it has no place in its recording; leave such rows out")
}

fn not_in_order(spec: &WindowsSpec, view: &View, position: usize) -> Result<String> {
    let key = spec.in_order_of.unwrap_or_default();
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
    let by = spec.by.map(|by| format!("`{by}` and ")).unwrap_or_default();
    Ok(format!(
        "row {row} has `{key}` {time}, and row {before} before it has {earlier}; sort the rows by {by}`{key}` first, by \
         View::sorted_by"
    ))
}
