//! Factors.

use super::Augmenter;
use crate::Result;
use crate::random::Rng;

/// Multiplies all numbers of a row by one factor, drawn anew for each row and step between 1 - `by` and 1 + `by`, each equally
/// likely.
///
/// It is taken of what scalers leave: of a column scaled by `Standard` the distance to the mean becomes larger or smaller.
///
/// ```
/// use modularml::prelude::*;
///
/// let scaling = Scaling::by(0.1); // 0.9 to 1.1
/// ```
#[derive(crate::Augmenter, Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// How far the factor may lie from 1.
    #[setting(first, above = 0.0, below = 1.0)]
    by: f64,
}

impl Augmenter for Scaling {
    fn augment(&self, row: &mut [f64], _: &[usize], rng: &mut Rng) -> Result<()> {
        let factor = 1.0 + self.by * (2.0 * rng.unit() - 1.0);
        for value in row {
            *value *= factor;
        }
        Ok(())
    }
}
