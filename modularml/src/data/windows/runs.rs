//! Where windows begin: in runs of rows that follow each other in one recording.

use super::super::View;
use super::super::recordings::Recordings;
use crate::spec::WindowsSpec;
use crate::{Error, Result};

/// The first row of each window, as numbers of the table.
pub(super) fn starts(spec: &WindowsSpec, stride: usize, longest_step: Option<f64>, view: &View) -> Result<Vec<u32>> {
    let what = format!("windows `{}`", spec.schema.name);
    let fail = |problem: String| Error::Data(format!("{what}: {problem}"));
    view.require_rows("make windows of")?;
    let recordings = Recordings { what: &what, by: spec.by, in_order_of: spec.in_order_of };
    let keys = spec.columns.iter().flat_map(|column| column.of).chain(&spec.by).chain(&spec.in_order_of);
    recordings.check_columns(&spec.of, keys, view)?;
    let (mut starts, mut run, mut longest, mut runs) = (Vec::new(), 0, 0, 0usize);
    let mut end_run = |from: usize, to: usize| {
        let rows = to - from;
        (longest, runs) = (longest.max(rows), runs + 1);
        if let Some(last) = rows.checked_sub(spec.span()) {
            starts.extend((0..=last).step_by(stride).filter_map(|at| view.rows.get(from + at).copied()));
        }
    };
    recordings.each(view, |visit| {
        let is_late = longest_step.is_some_and(|longest| visit.step > longest);
        if visit.position > 0 && (visit.begins || visit.skips || is_late || visit.step < 0.0) {
            end_run(run, visit.position);
            run = visit.position;
        }
        Ok(())
    })?;
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
