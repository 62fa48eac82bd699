//! The best of all cuts of a column.

use super::columns::{Columns, MISSING};
use super::tally::Tally;

/// A question that parts the rows of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) feature: u32,
    /// Values of at most this rank go left.
    pub(super) rank: u32,
    pub(super) threshold: f64,
    pub(super) missing_left: bool,
    /// More is better.
    pub(super) worth: f64,
}

/// Room for the values of a column in a node.
#[derive(Default)]
pub(super) struct Room {
    /// Rank and row, where there is a value.
    keys: Vec<u64>,
    other: Vec<u64>,
    /// Rows without a value.
    missing: Vec<u32>,
}

/// From so many rows on they are sorted digit by digit.
const WORTH_DIGITS: usize = 512;
const DIGIT_BITS: u32 = 11;

/// The threshold of a cut between all values and none.
pub(super) const ABOVE_ALL: f64 = f64::MAX;

impl Room {
    /// The best cut of a column that leaves `at_least` rows on both sides, or none; and whether rows differ in the column.
    pub(super) fn best<T: Tally>(
        &mut self,
        (feature, columns): (u32, &Columns),
        rows: &[u32],
        at_least: usize,
        tally: &mut T,
    ) -> (Option<Cut>, bool) {
        if !self.fill((feature, columns), rows) {
            return (None, false);
        }
        let column = columns.get(feature as usize);
        let top = column.distinct.len() as u32;
        self.sort(top);
        let mut best: Option<Cut> = None;
        let sides: &[bool] = if self.missing.is_empty() { &[false] } else { &[false, true] };
        for &missing_left in sides {
            tally.begin();
            let mut left = 0;
            if missing_left {
                for row in &self.missing {
                    tally.shift(*row);
                }
                left = self.missing.len();
            }
            let mut keys = self.keys.iter().peekable();
            while let Some(key) = keys.next() {
                tally.shift(*key as u32);
                left += 1;
                let rank = (key >> 32) as u32;
                let ends = match keys.peek() {
                    Some(next) => (*next >> 32) as u32 != rank,
                    // Values here, missing values there.
                    None => !missing_left && !self.missing.is_empty(),
                };
                if !ends || left < at_least || rows.len() - left < at_least {
                    continue;
                }
                let worth = tally.worth();
                if best.is_none_or(|best| worth > best.worth) && worth.is_finite() {
                    best = Some(Cut { feature, rank, threshold: 0.0, missing_left, worth });
                }
            }
        }
        if let Some(cut) = &mut best {
            let (left, right) = self.parts(cut.rank);
            cut.threshold = right.map_or(ABOVE_ALL, |right| column.middle(left, right));
            if self.missing.is_empty() {
                let at_most = self.keys.partition_point(|key| (key >> 32) as u32 <= cut.rank);
                cut.missing_left = at_most > rows.len() - at_most;
            }
        }
        (best, true)
    }

    /// The last rank of the node at most this one, and the first above it.
    fn parts(&self, rank: u32) -> (u32, Option<u32>) {
        let at = self.keys.partition_point(|key| (key >> 32) as u32 <= rank);
        (rank, self.keys.get(at).map(|key| (key >> 32) as u32))
    }

    /// Takes the values of the rows; false where all are equal.
    fn fill(&mut self, (feature, columns): (u32, &Columns), rows: &[u32]) -> bool {
        self.keys.clear();
        self.missing.clear();
        let (mut least, mut most) = (MISSING, 0);
        for row in rows {
            let rank = columns.rank(*row, feature);
            if rank == MISSING {
                self.missing.push(*row);
            } else {
                least = least.min(rank);
                most = most.max(rank);
                self.keys.push(u64::from(rank) << 32 | u64::from(*row));
            }
        }
        least < most || (least == most && !self.missing.is_empty())
    }

    /// Sorts by rank and row. The rows come in their order, so that sorting by rank alone keeps it.
    fn sort(&mut self, top: u32) {
        if self.keys.len() < WORTH_DIGITS {
            self.keys.sort_unstable();
            return;
        }
        self.other.resize(self.keys.len(), 0);
        let mut shift = 32;
        while shift < 64 && top >> (shift - 32) > 0 {
            let mut ends = [0usize; 1 << DIGIT_BITS];
            let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT_BITS) - 1);
            for key in &self.keys {
                ends[digit(*key)] += 1;
            }
            let mut start = 0;
            for end in &mut ends {
                start += std::mem::replace(end, start);
            }
            for key in &self.keys {
                let place = &mut ends[digit(*key)];
                self.other[*place] = *key;
                *place += 1;
            }
            std::mem::swap(&mut self.keys, &mut self.other);
            self.other.resize(self.keys.len(), 0);
            shift += DIGIT_BITS;
        }
    }
}
