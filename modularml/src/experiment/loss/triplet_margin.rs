//! The triplet loss.

use super::distance::{at_least_zero, distance};
use super::{Formula, PerSample};
use crate::Result;

/// An anchor shall be nearer to its positive than to its negative by a margin (Schroff et al., 2015):
/// max(`margin` + d(anchor, positive) - d(anchor, negative), 0), where d(a, b) is the Euclidean length of
/// a - b + 1e-6 as in `torch.nn.TripletMarginLoss`.
///
/// ```
/// use modularml::experiment::loss::TripletMargin;
///
/// let loss = TripletMargin::margin(0.2);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(anchor: Output, positive: Output, negative: Output)]
#[shape(anchor == positive == negative)]
pub struct TripletMargin {
    /// How much nearer the positive shall be.
    #[setting(first, above = 0.0)]
    margin: f64,
    /// Takes d(positive, negative) in place of d(anchor, negative) where it is less (Balntas et al., 2016).
    #[setting(default = false)]
    swap: bool,
}

impl Formula for TripletMargin {
    fn forward(&self, inputs: TripletMarginInputs<'_>) -> Result<PerSample> {
        let distance = |a, b| distance(a, b, 1e-6, 0.0);
        let near = distance(inputs.anchor, inputs.positive)?;
        let mut far = distance(inputs.anchor, inputs.negative)?;
        if self.swap {
            far = far.minimum(&distance(inputs.positive, inputs.negative)?)?;
        }
        Ok(PerSample(at_least_zero(&((near - far)? + self.margin)?)?))
    }
}
