//! Windows of images, of any size.

use super::Augmenter;
use super::stretch::stretch;
use crate::Result;
use crate::random::Rng;

/// Takes a window of an image, whose size and place are drawn anew for each row and step, and enlarges it bilinearly to the whole
/// image, as `torchvision.transforms.RandomResizedCrop` (Szegedy et al., 2015): with H x W positions, A of [`area`, 1] and
/// the logarithm of R of [-ln `ratio`, ln `ratio`], each equally likely, it is sqrt(A H W / R) high and sqrt(A H W R) wide, both
/// rounded. What does not fit is drawn again, nine times; then the largest window in the middle is taken that has a ratio
/// between 1 / `ratio` and `ratio`.
///
/// ```
/// use modularml::prelude::*;
///
/// let crop = ResizedCrop::axis(1).area(0.5); // of images `[3, 32, 32]`; of `[32, 32, 3]` the axis is 0
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
#[spec(along = Some(self.axis), across = Some(self.axis.saturating_add(1)))]
pub struct ResizedCrop {
    /// The axis along which an image is high, counted from 0 without the batch; along the one behind it, it is wide.
    #[setting(first)]
    axis: usize,
    /// The smallest part of the area.
    #[setting(default = 0.08, above = 0.0, at_most = 1.0)]
    area: f64,
    /// The largest ratio of width to height, and of height to width.
    #[setting(default = 4.0 / 3.0, at_least = 1.0)]
    ratio: f64,
}

impl Augmenter for ResizedCrop {
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> {
        let mut axes = shape.iter().copied().skip(self.axis);
        let (Some(height), Some(width)) = (axes.next(), axes.next()) else { return Ok(()) };
        let (high, wide) = self.window((height, width), rng);
        stretch(row, shape, self.axis, high);
        stretch(row, shape, self.axis + 1, wide);
        Ok(())
    }
}

/// How often a window is drawn.
const DRAWS: usize = 10;

impl ResizedCrop {
    /// Where a window begins along each axis, and how many positions it has.
    #[allow(clippy::cast_precision_loss, reason = "positions are far below 2^52")]
    fn window(self, (height, width): (usize, usize), rng: &mut Rng) -> ((usize, usize), (usize, usize)) {
        let all = height as f64 * width as f64;
        for _ in 0..DRAWS {
            let area = all * (self.area + (1.0 - self.area) * rng.unit());
            let ratio = (self.ratio.ln() * (2.0 * rng.unit() - 1.0)).exp();
            let (high, wide) = (rounded((area / ratio).sqrt()), rounded((area * ratio).sqrt()));
            if (1..=height).contains(&high) && (1..=width).contains(&wide) {
                return ((rng.below(height - high + 1), high), (rng.below(width - wide + 1), wide));
            }
        }
        let own = width as f64 / height as f64;
        let (high, wide) = if own < 1.0 / self.ratio {
            (rounded(width as f64 * self.ratio), width)
        } else if own > self.ratio {
            (height, rounded(height as f64 * self.ratio))
        } else {
            (height, width)
        };
        let (high, wide) = (high.min(height), wide.min(width));
        (((height - high) / 2, high), ((width - wide) / 2, wide))
    }
}

/// The nearest whole number, of two the even one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and lengths are no less than 0"
)]
fn rounded(length: f64) -> usize {
    length.round_ties_even() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Place, Purpose};

    fn windows(crop: ResizedCrop, size: (usize, usize)) -> Vec<((usize, usize), (usize, usize))> {
        let mut rng = Rng::new(5, Purpose::Augment, Place::default());
        (0..2000).map(|_| crop.window(size, &mut rng)).collect()
    }

    #[test]
    fn windows_have_the_areas_and_ratios_that_are_asked_for() {
        let crop = ResizedCrop::axis(0).area(0.25).ratio(1.5);
        let found = windows(crop, (400, 400));
        for ((top, high), (left, wide)) in &found {
            assert!(top + high <= 400 && left + wide <= 400);
            let (high, wide) = (f64::from(u32::try_from(*high).unwrap()), f64::from(u32::try_from(*wide).unwrap()));
            // A side is rounded by half a position.
            assert!((0.249..=1.0).contains(&(high * wide / 160_000.0)), "{high} x {wide}");
            assert!((1.0 / 1.51..1.51).contains(&(wide / high)), "{high} x {wide}");
        }
        // Large areas fit rarely at other ratios, so that the mean lies below that of [1/4, 1].
        let area = |((_, high), (_, wide)): &((usize, usize), (usize, usize))| u32::try_from(high * wide).unwrap();
        let mean = found.iter().map(|window| f64::from(area(window))).sum::<f64>() / 2000.0 / 160_000.0;
        assert!((0.5..0.625).contains(&mean), "{mean}");
    }

    #[test]
    fn what_never_fits_is_taken_from_the_middle() {
        // Whole areas at a ratio of at most 1.2 do not fit into 10 x 30.
        let crop = ResizedCrop::axis(0).area(1.0).ratio(1.2);
        assert!(windows(crop, (10, 30)).iter().all(|window| *window == ((0, 10), (9, 12))));
        assert!(windows(crop, (30, 10)).iter().all(|window| *window == ((9, 12), (0, 10))));
        // At a ratio of 1 the whole square does.
        let whole = ResizedCrop::axis(0).area(1.0).ratio(1.0);
        assert!(windows(whole, (10, 10)).iter().all(|window| *window == ((0, 10), (0, 10))));
        assert!(windows(whole, (1, 1)).iter().all(|window| *window == ((0, 1), (0, 1))));
    }
}
