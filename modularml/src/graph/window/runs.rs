//! The windows of a plane as a matrix: for each of their positions, the numbers that all windows have there.

use std::ops::Range;

use super::Grid;
use super::shifts::Shifts;
use crate::graph::real::Real;

/// How windows lie in a plane: for each of their positions, the runs in which neighbours lie side by side.
#[derive(Debug)]
pub(crate) struct Runs {
    pub(super) plane: usize,
    pub(super) windows: usize,
    by_position: Vec<Vec<Run>>,
    /// Where each position has all its numbers in one line.
    pub(super) shifts: Option<Shifts>,
}

/// So many windows one behind the other, each of which reads the number behind that of the one before.
#[derive(Debug)]
struct Run {
    windows: Range<usize>,
    numbers: Range<usize>,
}

impl Runs {
    pub fn of(grid: &Grid) -> Self {
        let (places, size) = (grid.places(), grid.size().max(1));
        let runs = |position: usize| {
            let mut runs: Vec<Run> = Vec::new();
            let places = places.iter().skip(position).step_by(size).enumerate();
            for (window, place) in places.filter_map(|(window, place)| Some((window, (*place)?))) {
                match runs.last_mut() {
                    Some(run) if run.windows.end == window && run.numbers.end == place => {
                        run.windows.end += 1;
                        run.numbers.end += 1;
                    }
                    _ => runs.push(Run { windows: window..window + 1, numbers: place..place + 1 }),
                }
            }
            runs
        };
        let by_position: Vec<Vec<Run>> = (0..grid.size()).map(runs).collect();
        let (plane, windows) = (grid.input(), grid.count());
        let shift = |runs: &Vec<Run>| match runs.as_slice() {
            [run] => Some(run.numbers.start.cast_signed() - run.windows.start.cast_signed()),
            _ => None,
        };
        let shifts: Option<Vec<isize>> = by_position.iter().map(shift).collect();
        let is_whole = |(runs, shift): (&Vec<Run>, &isize)| {
            let inside = |window: usize| window.checked_add_signed(*shift).is_some_and(|number| number < plane);
            runs.iter().map(|run| run.windows.len()).sum::<usize>() == (0..windows).filter(|it| inside(*it)).count()
        };
        let shifts = shifts.filter(|shifts| by_position.iter().zip(shifts).all(is_whole));
        Self { plane, windows, shifts: shifts.map(|shifts| Shifts::of(plane, windows, &shifts)), by_position }
    }

    /// How many positions a window has.
    pub(super) fn positions(&self) -> usize {
        self.by_position.len()
    }

    /// Writes the matrix of the windows of some channels: for each channel and position, the numbers of all windows.
    /// Where windows read zeros, nothing is written.
    pub(super) fn unfold<T: Real>(&self, channels: &[T], matrix: &mut [T]) {
        let mut lines = matrix.chunks_exact_mut(self.windows.max(1));
        for channel in channels.chunks_exact(self.plane.max(1)) {
            for (runs, line) in self.by_position.iter().zip(&mut lines) {
                for run in runs {
                    if let (Some(to), Some(from)) =
                        (line.get_mut(run.windows.clone()), channel.get(run.numbers.clone()))
                    {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
    }

    /// Adds each number of the matrix to the one that it was read from.
    #[inline(always)]
    pub(super) fn fold<T: Real>(&self, matrix: &[T], channels: &mut [T]) {
        let mut lines = matrix.chunks_exact(self.windows.max(1));
        for channel in channels.chunks_exact_mut(self.plane.max(1)) {
            for (runs, line) in self.by_position.iter().zip(&mut lines) {
                for run in runs {
                    if let (Some(from), Some(to)) =
                        (line.get(run.windows.clone()), channel.get_mut(run.numbers.clone()))
                    {
                        to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Runs;
    use crate::graph::window::{Grid, Padding, Slide, Windows};

    fn has_shifts(stride: usize, dilation: usize, padding: usize, mode: Padding) -> bool {
        let slide = Slide { size: 3, stride, before: padding, behind: padding, dilation, partial: false };
        Runs::of(&Grid::of(vec![Windows::sliding(20, &slide, mode, false).expect("windows")])).shifts.is_some()
    }

    /// Only zeros can stand around a line, and only neighbours in one.
    #[test]
    fn lines_are_read_where_windows_follow_each_other_between_zeros() {
        assert!(has_shifts(1, 1, 0, Padding::Zeros) && has_shifts(1, 2, 5, Padding::Zeros));
        assert!(!has_shifts(2, 1, 1, Padding::Zeros));
        for mode in [Padding::Reflect, Padding::Replicate, Padding::Circular] {
            assert!(has_shifts(1, 1, 0, mode) && !has_shifts(1, 1, 1, mode), "{}", mode.name());
        }
    }
}
