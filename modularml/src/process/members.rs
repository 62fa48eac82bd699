//! The rows of each group, in one list: what splitters shuffle and deal.

/// Positions of rows, group after group; groups by first appearance, and within a group in the order of the rows.
pub(super) struct Members {
    positions: Vec<u32>,
    /// Where each group ends in `positions`.
    ends: Vec<usize>,
}

impl Members {
    /// The rows by the number of their group, as [`View::groups`](crate::data::View::groups) gives it.
    pub(super) fn of(groups: &[u32]) -> Self {
        let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let mut ends = vec![0; count];
        for &group in groups {
            if let Some(size) = ends.get_mut(group as usize) {
                *size += 1;
            }
        }
        let mut next: Vec<usize> = ends
            .iter_mut()
            .scan(0, |sum, end| {
                let start = *sum;
                *sum += *end;
                *end = *sum;
                Some(start)
            })
            .collect();
        let mut positions = vec![0; groups.len()];
        for (position, &group) in (0u32..).zip(groups) {
            if let Some(next) = next.get_mut(group as usize) {
                if let Some(place) = positions.get_mut(*next) {
                    *place = position;
                }
                *next += 1;
            }
        }
        Self { positions, ends }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// How many rows each group has.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.ends.iter().zip(starts).map(|(end, start)| end - start).collect()
    }

    /// The positions of each group, to be put into another order.
    pub(super) fn groups_mut(&mut self) -> impl Iterator<Item = &mut [u32]> {
        let sizes = self.sizes();
        let mut rest = self.positions.as_mut_slice();
        sizes.into_iter().map(move |size| {
            let (group, others) = std::mem::take(&mut rest).split_at_mut(size);
            rest = others;
            group
        })
    }

    /// The positions of each group.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.ends.iter().zip(starts).filter_map(|(&end, start)| self.positions.get(start..end))
    }
}

/// Marks a row that is in no part.
pub(super) const LEFT_OUT: u32 = u32::MAX;

/// The rows of each part in their order, from the part of each row.
pub(super) fn parts(part_of: &[u32], count: usize) -> Vec<Vec<u32>> {
    let mut sizes = vec![0; count];
    for &part in part_of {
        if let Some(size) = sizes.get_mut(part as usize) {
            *size += 1;
        }
    }
    let mut parts: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
    for (position, &part) in (0u32..).zip(part_of) {
        if let Some(part) = parts.get_mut(part as usize) {
            part.push(position);
        }
    }
    parts
}

/// Puts the rows at some positions into a part.
pub(super) fn assign(part_of: &mut [u32], positions: &[u32], part: u32) {
    for &position in positions {
        if let Some(place) = part_of.get_mut(position as usize) {
            *place = part;
        }
    }
}
