//! Noise.

use super::Augmenter;
use crate::Result;
use crate::random::Rng;

/// Adds to each number another one of the normal distribution with mean 0, drawn anew for each row, step and number.
///
/// The deviation is in the units that scalers leave: of a column scaled by `Standard`, 0.1 is a tenth of its deviation.
///
/// ```
/// use modularml::prelude::*;
///
/// let noise = Noise::deviation(0.01);
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// The standard deviation.
    #[setting(first, above = 0.0)]
    deviation: f64,
}

impl Augmenter for Noise {
    fn augment(&self, row: &mut [f64], _: &[usize], rng: &mut Rng) -> Result<()> {
        // Box and Muller, 1958: two numbers of two.
        for pair in row.chunks_mut(2) {
            let (size, angle) = ((-2.0 * (1.0 - rng.unit()).ln()).sqrt(), std::f64::consts::TAU * rng.unit());
            for (value, part) in pair.iter_mut().zip([angle.cos(), angle.sin()]) {
                *value += self.deviation * size * part;
            }
        }
        Ok(())
    }
}
