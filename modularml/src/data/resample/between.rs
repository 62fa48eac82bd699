//! Values at steps, of those of the rows around them.

use std::ops::Range;

use super::grid::{At, Grid};
use crate::spec::{Fill, Ticks};

/// Rows around some steps, in the order of their times.
pub(super) struct Around<'a> {
    pub(super) grid: Grid,
    pub(super) limit: Ticks,
    pub(super) steps: Range<i64>,
    /// Where the rows lie.
    pub(super) rows: &'a [At],
}

impl Around<'_> {
    /// A value at each step, given one of each row that is no number where it is not known; no number where none can be
    /// made.
    pub(super) fn values(&self, fill: Fill, of: impl Fn(usize) -> f64) -> Vec<f64> {
        match fill {
            Fill::Last => {
                let known = self.last_known(|row| !of(row).is_nan());
                known.into_iter().map(|row| row.map_or(f64::NAN, &of)).collect()
            }
            Fill::Linear => self.on_lines(of),
            Fill::Mean => self.means(of),
        }
    }

    /// The row at each step, or the last one before it within the limit, of which something is known.
    pub(super) fn last_known(&self, is_known: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
        let (mut next, mut last) = (0, None);
        let steps = self.steps.clone().map(|step| {
            self.pass(&mut next, At::step(step), &is_known, &mut last);
            last.filter(|&(_, at)| self.grid.is_within(self.limit, at, At::step(step))).map(|(row, _)| row)
        });
        steps.collect()
    }

    /// Goes on over the rows that are not later than a time, and remembers the last one of which something is known.
    fn pass(&self, next: &mut usize, until: At, is_known: impl Fn(usize) -> bool, last: &mut Option<(usize, At)>) {
        while let Some(&at) = self.rows.get(*next).filter(|at| **at <= until) {
            if is_known(*next) {
                *last = Some((*next, at));
            }
            *next += 1;
        }
    }

    fn on_lines(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let is_known = |row: usize| !of(row).is_nan();
        let (mut next, mut last, mut behind) = (0, None, 0);
        let steps = self.steps.clone().map(|step| {
            let at = At::step(step);
            self.pass(&mut next, at, is_known, &mut last);
            let Some((before, from)) = last else { return f64::NAN };
            if from == at {
                return of(before);
            }
            behind = next.max(behind);
            while behind < self.rows.len() && !is_known(behind) {
                behind += 1;
            }
            let Some(&to) = self.rows.get(behind) else { return f64::NAN };
            if !self.grid.is_within(self.limit, from, to) {
                return f64::NAN;
            }
            let part = self.grid.distance(from, at) / self.grid.distance(from, to);
            (of(behind) - of(before)).mul_add(part, of(before))
        });
        steps.collect()
    }

    #[allow(clippy::cast_precision_loss, reason = "a mean of so many values is no more exact")]
    fn means(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let count = usize::try_from(self.steps.end - self.steps.start).unwrap_or_default();
        let mut sums = vec![(0.0, 0usize); count];
        for (row, at) in self.rows.iter().enumerate() {
            let place = usize::try_from(at.step - self.steps.start).ok().and_then(|step| sums.get_mut(step));
            let value = of(row);
            if let (Some((sum, count)), false) = (place, value.is_nan()) {
                *sum += value;
                *count += 1;
            }
        }
        sums.into_iter().map(|(sum, count)| if count == 0 { f64::NAN } else { sum / count as f64 }).collect()
    }
}
