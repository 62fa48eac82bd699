//! Which steps there are: in runs of rows that are at most the limit apart, cut into pieces that fit into memory.

use std::ops::Range;

use super::super::View;
use super::super::recordings::Recordings;
use super::grid::{At, Grid};
use crate::spec::{ColumnSpec, ResampledSpec, Ticks};
use crate::{Error, Result};

/// From how many rows or steps on a piece is long enough.
const LONG: usize = 1 << 16;

/// Steps that follow one another in one run of a recording.
pub(super) struct Piece {
    pub(super) grid: Grid,
    /// The position of the first row of the recording.
    pub(super) recording: usize,
    pub(super) steps: Range<i64>,
    /// The positions of the rows that lie at these steps or between them.
    pub(super) rows: Range<usize>,
    /// The positions of all rows of the run.
    pub(super) run: Range<usize>,
}

/// The run that rows are added to.
struct Run {
    grid: Grid,
    recording: usize,
    start: usize,
    /// Where the piece begins that steps are added to.
    rows: usize,
    step: i64,
    last: At,
    /// How many pieces there were before it.
    pieces: usize,
}

/// All pieces, in the order of the rows.
pub(super) fn of(
    spec: &ResampledSpec,
    (every, limit): (Ticks, Ticks),
    order: &ColumnSpec,
    recordings: Recordings<'_>,
    view: &View,
) -> Result<Vec<Piece>> {
    let what = recordings.what;
    let too_far =
        || Error::Data(format!("{what}: steps cannot be counted from their origin to a row; use a longer step"));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Option<Run> = None;
    recordings.each(view, |visit| {
        let Some(time) = visit.time else { return Ok(()) };
        if let (Some(run), false) = (&mut open, visit.begins) {
            let at = run.grid.at(time).ok_or_else(too_far)?;
            if run.grid.is_within(limit, run.last, at) {
                let steps = usize::try_from(at.step - run.step).unwrap_or(usize::MAX);
                if at.step > run.last.step && (visit.position - run.rows >= LONG || steps >= LONG) {
                    run.end_piece(visit.position, at.step, &mut pieces);
                }
                run.last = at;
                return Ok(());
            }
        }
        let (mut grid, mut recording) = (None, visit.position);
        if let Some(run) = open.take() {
            if !visit.begins {
                (grid, recording) = (Some(run.grid), run.recording);
            }
            run.end(visit.position, &mut pieces);
        }
        let grid = grid.or_else(|| Grid::of(every, spec.origin, order, time)).ok_or_else(too_far)?;
        let at = grid.at(time).ok_or_else(too_far)?;
        let (start, rows, step, last) = (visit.position, visit.position, at.step, at);
        open = Some(Run { grid, recording, start, rows, step, last, pieces: pieces.len() });
        Ok(())
    })?;
    if let Some(run) = open {
        run.end(view.len(), &mut pieces);
    }
    let steps: i128 = pieces.iter().map(|piece| i128::from(piece.steps.end) - i128::from(piece.steps.start)).sum();
    if steps > i128::from(u32::MAX) {
        return Err(Error::Data(format!(
            "{what}: {steps} steps; at most {} rows can be held: use a longer step, or a lower limit",
            u32::MAX
        )));
    }
    Ok(pieces)
}

impl Run {
    fn end_piece(&mut self, rows: usize, step: i64, pieces: &mut Vec<Piece>) {
        pieces.push(Piece {
            grid: self.grid,
            recording: self.recording,
            steps: self.step..step,
            rows: self.rows..rows,
            run: self.start..rows,
        });
        (self.rows, self.step) = (rows, step);
    }

    /// Ends the run before a row.
    fn end(mut self, before: usize, pieces: &mut Vec<Piece>) {
        self.end_piece(before, self.last.step.saturating_add(1), pieces);
        for piece in pieces.iter_mut().skip(self.pieces) {
            piece.run = self.start..before;
        }
    }
}
