//! The triplet loss.

use candle_core::Tensor;

use super::distance::{at_least_zero, distance, power_distance};
use super::{Formula, PerSample};
use crate::Result;

/// An anchor shall be nearer to its positive than to its negative by a margin (Schroff et al., 2015):
/// max(`margin` + d(anchor, positive) - d(anchor, negative), 0), where d(a, b) is the Euclidean length of
/// a - b + `eps` as in `torch.nn.TripletMarginLoss`.
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
    /// The power p of the distance (sum |a - b + eps|^p)^(1/p); 2 is the Euclidean length.
    #[setting(default = 2.0, above = 0.0)]
    norm: f64,
    /// What is added to each difference.
    #[setting(default = 1e-6, at_least = 0.0)]
    eps: f64,
}

impl Formula for TripletMargin {
    fn forward(&self, inputs: TripletMarginInputs<'_>) -> Result<PerSample> {
        let distance = |a: &Tensor, b: &Tensor| {
            if (self.norm - 2.0).abs() > 0.0 {
                return power_distance(a, b, self.eps, self.norm);
            }
            distance(a, b, self.eps, 0.0)
        };
        let near = distance(inputs.anchor, inputs.positive)?;
        let mut far = distance(inputs.anchor, inputs.negative)?;
        if self.swap {
            far = far.minimum(&distance(inputs.positive, inputs.negative)?)?;
        }
        Ok(PerSample(at_least_zero(&((near - far)? + self.margin)?)?))
    }
}
