//! Flips along an axis.

use super::Augmenter;
use crate::Result;
use crate::random::Rng;

/// Turns a row round along an axis: the last position becomes the first. Whether it does is drawn anew for each row and step.
///
/// ```
/// use modularml::prelude::*;
///
/// let flip = Flip::axis(1).probability(0.25); // of images `[height, width]`: left becomes right
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
#[spec(along = Some(self.axis))]
pub struct Flip {
    /// The axis, counted from 0 without the batch.
    #[setting(first)]
    axis: usize,
    /// How probable it is that a row is turned round.
    #[setting(default = 0.5, above = 0.0, at_most = 1.0)]
    probability: f64,
}

impl Augmenter for Flip {
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> {
        let (Some(length), is_turned) = (shape.get(self.axis).copied(), rng.unit() < self.probability) else {
            return Ok(());
        };
        let inner: usize = shape.iter().skip(self.axis + 1).product();
        if !is_turned || length * inner == 0 {
            return Ok(());
        }
        for block in row.chunks_mut(length * inner) {
            let before = block.to_vec();
            for (to, from) in block.chunks_mut(inner).zip(before.chunks(inner).rev()) {
                to.copy_from_slice(from);
            }
        }
        Ok(())
    }
}
