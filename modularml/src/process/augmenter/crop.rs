//! Windows of an axis.

use super::Augmenter;
use super::stretch::stretch;
use crate::Result;
use crate::random::Rng;

/// Takes a window of `to` positions of an axis, whose place is drawn anew for each row and step, each equally likely, and
/// stretches it over the whole axis, so that the shape stays: window slicing of time series (Le Guennec et al., 2016).
///
/// Between positions stands the number on the line between both, as in `torch.nn.functional.interpolate` with `linear`: position
/// i of L reads the window at (i + 1/2) `to` / L - 1/2, and its ends beyond them. What lies between a missing value and another
/// one is missing. One behind the other along the two axes of an image, it is a crop to a rectangle, enlarged bilinearly.
///
/// ```
/// use modularml::prelude::*;
///
/// let window = Crop::to(90); // of series `[100]` or `[100, channels]`
/// let square = [Crop::to(28).axis(1), Crop::to(28).axis(2)]; // of images `[3, 32, 32]`
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
#[spec(along = Some(self.axis), takes = Some(("to", self.to)))]
pub struct Crop {
    /// The positions of a window.
    #[setting(first, at_least = 1)]
    to: usize,
    /// The axis, counted from 0 without the batch.
    #[setting(default = 0)]
    axis: usize,
}

impl Augmenter for Crop {
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> {
        let length = shape.get(self.axis).copied().unwrap_or_default();
        let begins = rng.below(length.saturating_sub(self.to).saturating_add(1));
        stretch(row, shape, self.axis, (begins, self.to));
        Ok(())
    }
}
