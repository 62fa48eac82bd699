//! Shifts along an axis.

use super::Augmenter;
use crate::Result;
use crate::random::Rng;
use crate::spec::Padding;

/// Moves the numbers of a row along an axis, the first one unless `axis` says otherwise, by a number of positions that is drawn anew for each row and step between
/// minus and plus `up_to`, each equally likely; what stands side by side moves together.
///
/// What comes in from beyond an end is the number at that end again and again, unless `edge` says otherwise.
///
/// ```
/// use modularml::{layers::*, prelude::*};
///
/// let shift = Shift::up_to(5).edge(Padding::Circular);
/// // As a random crop of images `[3, 32, 32]` that were padded by 4 on each side.
/// let padded = [Shift::up_to(4).axis(1).edge(Padding::Zeros), Shift::up_to(4).axis(2).edge(Padding::Zeros)];
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
#[spec(along = Some(self.axis))]
pub struct Shift {
    /// The most positions.
    #[setting(first, at_least = 1)]
    up_to: usize,
    /// What comes in from beyond an end.
    #[setting(default = Padding::Replicate)]
    edge: Padding,
    /// The axis, counted from 0 without the batch.
    #[setting(default = 0)]
    axis: usize,
}

impl Augmenter for Shift {
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> {
        let most = i64::try_from(self.up_to).unwrap_or(i64::MAX / 2);
        let drawn = rng.below(self.up_to.saturating_mul(2).saturating_add(1));
        let by = i64::try_from(drawn).unwrap_or(i64::MAX) - most;
        let length = shape.get(self.axis).copied().unwrap_or_default();
        let inner: usize = shape.iter().skip(self.axis + 1).product();
        if by == 0 || length * inner == 0 {
            return Ok(());
        }
        for block in row.chunks_mut(length * inner) {
            let before = block.to_vec();
            for (position, values) in block.chunks_mut(inner).enumerate() {
                let position = i64::try_from(position).ok().and_then(|position| position.checked_sub(by));
                let from = position.and_then(|position| source(position, length, self.edge));
                match from.and_then(|from| before.chunks(inner).nth(from)) {
                    Some(from) => values.copy_from_slice(from),
                    None => values.fill(0.0),
                }
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
