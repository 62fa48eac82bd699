//! Losses on pairs of rows that belong together or do not.

use super::distance::{as_rows, at_least_zero, distance, root};
use super::{Formula, PerSample};
use crate::Result;

/// Rows that belong together shall be near, others at least `margin` apart (Hadsell et al., 2006): with
/// d = sqrt(|first - second|² + 1e-12) it is d² for a pair whose target is 1, max(`margin` - d, 0)² for one whose target
/// is 0, and in proportion between them.
///
/// ```
/// use modularml::experiment::loss::Contrastive;
///
/// let loss = Contrastive::margin(1.0);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(first: Output, second: Output, together: Numbers)]
#[shape(first == second)]
pub struct Contrastive {
    /// The distance that is enough for a pair that does not belong together.
    #[setting(first, above = 0.0)]
    margin: f64,
}

impl Formula for Contrastive {
    fn forward(&self, inputs: ContrastiveInputs<'_>) -> Result<PerSample> {
        let distance = distance(inputs.first, inputs.second, 0.0, 1e-12)?;
        let short = at_least_zero(&distance.affine(-1.0, self.margin)?)?.sqr()?;
        let apart = inputs.together.affine(-1.0, 1.0)?;
        Ok(PerSample(((inputs.together * distance.sqr()?)? + (apart * short)?)?))
    }
}

/// Rows that belong together shall point the same way, others not, as `torch.nn.CosineEmbeddingLoss`: with c the cosine
/// of the angle between them, 1 - c for a pair whose target is above 0, max(c - `margin`, 0) for any other.
///
/// ```
/// use modularml::experiment::loss::CosineEmbedding;
///
/// let loss = CosineEmbedding::new().margin(0.3);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(first: Output, second: Output, together: Numbers)]
#[shape(first == second)]
pub struct CosineEmbedding {
    /// The cosine that a pair may have that does not belong together.
    #[setting(default = 0.0, at_least = -1.0, at_most = 1.0)]
    margin: f64,
}

impl Formula for CosineEmbedding {
    fn forward(&self, inputs: CosineEmbeddingInputs<'_>) -> Result<PerSample> {
        let [first, second] = [as_rows(inputs.first)?, as_rows(inputs.second)?];
        let square = |rows: &candle_core::Tensor| rows.sqr()?.sum(1)? + 1e-12;
        let lengths = root(&(square(&first)? * square(&second)?)?)?;
        let cosine = ((first * second)?.sum(1)? / lengths)?;
        let apart = at_least_zero(&(&cosine - self.margin)?)?;
        Ok(PerSample(inputs.together.gt(0.0)?.where_cond(&cosine.affine(-1.0, 1.0)?, &apart)?))
    }
}
