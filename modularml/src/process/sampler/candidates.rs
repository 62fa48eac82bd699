//! Choosing a partner for a row by equal and different values, in constant time a draw.

use std::ops::Range;

use crate::Result;
use crate::data::View;
use crate::list::Name;
use crate::random::Rng;

/// For each row the rows that may be drawn with it: those that share one value and do not share another.
///
/// Rows are sorted so that both sets are ranges, one inside the other; a partner is a random place in the larger range
/// with the smaller one skipped.
pub(super) struct Candidates {
    /// Positions in the view, rows with equal values side by side.
    sorted: Vec<u32>,
    /// For each position, the places in `sorted` of the rows that share the value of `same`.
    sharing: Vec<Range<usize>>,
    /// For each position, the places among those that are ruled out.
    ruled_out: Vec<Range<usize>>,
}

impl Candidates {
    /// The other rows that are equal in `same` and differ in `different`; a column that is not given rules nothing out
    /// but the row itself.
    pub(super) fn new(rows: &View, same: Option<Name>, different: Option<Name>) -> Result<Self> {
        let everywhere = vec![0; rows.len()];
        let same = same.map_or(Ok(everywhere), |column| rows.groups(column))?;
        // Without a column to differ in, each row differs from all others.
        let different =
            different.map_or_else(|| Ok((0u32..).take(rows.len()).collect()), |column| rows.groups(column))?;
        let keys: Vec<(u32, u32)> = same.into_iter().zip(different).collect();
        let key = |position: u32| keys.get(position as usize).copied().unwrap_or_default();
        let mut sorted: Vec<u32> = (0u32..).take(keys.len()).collect();
        sorted.sort_by_key(|&position| key(position));
        let mut candidates = Self { sharing: vec![0..0; keys.len()], ruled_out: vec![0..0; keys.len()], sorted };
        let sorted = &candidates.sorted;
        mark(sorted, |position| key(position).0, &mut candidates.sharing);
        mark(sorted, key, &mut candidates.ruled_out);
        Ok(candidates)
    }

    /// How many rows may be drawn with the row at a position.
    pub(super) fn count(&self, position: usize) -> usize {
        self.ranges(position).map_or(0, |(sharing, ruled_out)| sharing.len() - ruled_out.len())
    }

    /// One of those rows, each equally likely; none when there is none.
    pub(super) fn draw(&self, position: usize, rng: &mut Rng) -> Option<usize> {
        let (sharing, ruled_out) = self.ranges(position)?;
        let count = sharing.len() - ruled_out.len();
        if count == 0 {
            return None;
        }
        let mut place = sharing.start + rng.below(count);
        if place >= ruled_out.start {
            place += ruled_out.len();
        }
        self.sorted.get(place).map(|&position| position as usize)
    }

    fn ranges(&self, position: usize) -> Option<(&Range<usize>, &Range<usize>)> {
        Some((self.sharing.get(position)?, self.ruled_out.get(position)?))
    }
}

/// Gives each position the range of places whose rows have the same key.
fn mark<K: PartialEq>(sorted: &[u32], key: impl Fn(u32) -> K, ranges: &mut [Range<usize>]) {
    let mut start = 0;
    for run in sorted.chunk_by(|&a, &b| key(a) == key(b)) {
        for &position in run {
            if let Some(range) = ranges.get_mut(position as usize) {
                *range = start..start + run.len();
            }
        }
        start += run.len();
    }
}
