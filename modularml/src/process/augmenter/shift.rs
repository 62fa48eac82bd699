//! Shifts along the first axis.

use super::Augmenter;
use crate::Result;
use crate::random::Rng;
use crate::spec::Padding;

/// Moves the numbers of a row along its first axis, by a number of positions that is drawn anew for each row and step between
/// minus and plus `up_to`, each equally likely; what stands side by side moves together.
///
/// What comes in from beyond an end is the number at that end again and again, unless `edge` says otherwise.
///
/// ```
/// use modularml::{layers::*, prelude::*};
///
/// let shift = Shift::up_to(5).edge(Padding::Circular);
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
#[spec(along = Some(0))]
pub struct Shift {
    /// The most positions.
    #[setting(first, at_least = 1)]
    up_to: usize,
    /// What comes in from beyond an end.
    #[setting(default = Padding::Replicate)]
    edge: Padding,
}

impl Augmenter for Shift {
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> {
        let most = i64::try_from(self.up_to).unwrap_or(i64::MAX / 2);
        let drawn = rng.below(self.up_to.saturating_mul(2).saturating_add(1));
        let by = i64::try_from(drawn).unwrap_or(i64::MAX) - most;
        let length = shape.first().copied().unwrap_or_default();
        let Some(width) = row.len().checked_div(length).filter(|_| by != 0) else { return Ok(()) };
        let before = row.to_vec();
        for (position, values) in row.chunks_mut(width.max(1)).enumerate() {
            let from =
                i64::try_from(position).ok().and_then(|position| source(position.checked_sub(by)?, length, self.edge));
            match from.and_then(|from| before.chunks(width.max(1)).nth(from)) {
                Some(from) => values.copy_from_slice(from),
                None => values.fill(0.0),
            }
        }
        Ok(())
    }
}

/// The position whose numbers stand at one that may lie beyond the ends; none where zeros do.
fn source(position: i64, length: usize, edge: Padding) -> Option<usize> {
    let count = i64::try_from(length).ok().filter(|count| *count > 0)?;
    let inside = if (0..count).contains(&position) {
        position
    } else {
        match edge {
            Padding::Zeros => return None,
            Padding::Replicate => position.clamp(0, count - 1),
            Padding::Circular => position.rem_euclid(count),
            Padding::Reflect => {
                let period = (2 * (count - 1)).max(1);
                let place = position.rem_euclid(period);
                place.min(period - place)
            }
        }
    };
    usize::try_from(inside).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_beyond_the_ends_are_found() {
        let all = |edge| (-3..6).map(|position| source(position, 3, edge)).collect::<Vec<_>>();
        let of = |places: [usize; 9]| places.map(Some).to_vec();
        assert_eq!(all(Padding::Replicate), of([0, 0, 0, 0, 1, 2, 2, 2, 2]));
        assert_eq!(all(Padding::Circular), of([0, 1, 2, 0, 1, 2, 0, 1, 2]));
        assert_eq!(all(Padding::Reflect), of([1, 2, 1, 0, 1, 2, 1, 0, 1]));
        assert_eq!(all(Padding::Zeros)[..4], [None, None, None, Some(0)]);
        assert_eq!(source(-7, 1, Padding::Reflect), Some(0));
        assert_eq!(source(0, 0, Padding::Replicate), None);
    }
}
