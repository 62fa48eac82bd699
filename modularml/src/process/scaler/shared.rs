//! Which positions of a row share a statistic.

use super::values::{no_number, width};
use crate::Result;
use crate::text::Shape;

/// Which statistic each position of a row belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistics {
    of: Vec<usize>,
    count: usize,
}

impl Statistics {
    /// One statistic for all positions that differ only along the axes `over`; one a position without any.
    pub(super) fn new(shape: Shape, over: Option<Shape>) -> Result<Self> {
        let width = width(shape)?;
        let shared = |axis: usize| over.is_some_and(|over| over.axes().contains(&axis));
        let mut of = vec![0; width];
        let (mut count, mut stride) = (1, 1);
        for (axis, &size) in shape.axes().iter().enumerate().rev() {
            if !shared(axis) {
                for (position, statistic) in of.iter_mut().enumerate() {
                    *statistic += position / stride % size * count;
                }
                count *= size;
            }
            stride *= size;
        }
        Ok(Self { of, count })
    }

    /// How many statistics there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many positions a row has.
    pub(super) fn width(&self) -> usize {
        self.of.len()
    }

    /// The statistic of each position in order.
    pub(super) fn of(&self) -> &[usize] {
        &self.of
    }

    /// The positions of each statistic.
    pub(super) fn positions(&self) -> Vec<Vec<usize>> {
        let mut positions = vec![Vec::new(); self.count];
        for (position, &statistic) in self.of.iter().enumerate() {
            if let Some(positions) = positions.get_mut(statistic) {
                positions.push(position);
            }
        }
        positions
    }

    /// What belongs to each position, of what belongs to each statistic.
    pub(super) fn spread<T: Clone>(&self, of_statistics: &[T]) -> Vec<T> {
        self.of.iter().filter_map(|&statistic| of_statistics.get(statistic).cloned()).collect()
    }

    /// Joins what was found at positions into statistics.
    pub(super) fn join<T: Clone>(&self, of_positions: &[T], nothing: &T, mut join: impl FnMut(&mut T, &T)) -> Vec<T> {
        let mut joined = vec![nothing.clone(); self.count];
        for (&statistic, found) in self.of.iter().zip(of_positions) {
            if let Some(joined) = joined.get_mut(statistic) {
                join(joined, found);
            }
        }
        joined
    }

    /// Rule: no statistic is without a number.
    pub(super) fn refuse_empty<T>(&self, found: &[T], rows: usize, is_empty: impl Fn(&T) -> bool) -> Result<()> {
        let Some(statistic) = found.iter().position(is_empty) else { return Ok(()) };
        Err(no_number(self.of.iter().position(|&of| of == statistic).unwrap_or(0), rows))
    }
}
