//! Losses against a yes or no, which end where a margin is kept. A target above 0 is a yes, any other a no, so that
//! both 1 and -1 and 1 and 0 can be columns.

use candle_core::Tensor;

use super::binary::Softplus;
use super::distance::at_least_zero;
use super::{Formula, PerSample};
use crate::Result;
use crate::graph::pointwise;

/// 1 for a yes and -1 for a no.
pub(super) fn sign(target: &Tensor) -> candle_core::Result<Tensor> {
    target.gt(0.0)?.to_dtype(target.dtype())?.affine(2.0, -1.0)
}

/// Logistic loss of scores, as `torch.nn.SoftMarginLoss`: the mean over the elements of a row of log(1 + exp(-y x)),
/// where y is 1 for a target above 0 and -1 for any other.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct SoftMargin;

impl Formula for SoftMargin {
    fn forward(&self, inputs: SoftMarginInputs<'_>) -> Result<PerSample> {
        let against = (inputs.prediction * sign(inputs.target)?)?.neg()?;
        PerSample::mean_of(&pointwise::apply(&against, Softplus)?)
    }
}

/// A distance shall be small for a yes and at least `margin` for a no, as `torch.nn.HingeEmbeddingLoss`: the mean over
/// the elements of a row of x for a target above 0, and max(`margin` - x, 0) for any other.
///
/// ```
/// use modularml::experiment::loss::HingeEmbedding;
///
/// let loss = HingeEmbedding::new().margin(0.5);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
pub struct HingeEmbedding {
    /// The distance of a no that is enough.
    #[setting(default = 1.0, above = 0.0)]
    margin: f64,
}

impl Formula for HingeEmbedding {
    fn forward(&self, inputs: HingeEmbeddingInputs<'_>) -> Result<PerSample> {
        let far = at_least_zero(&inputs.prediction.affine(-1.0, self.margin)?)?;
        PerSample::mean_of(&inputs.target.gt(0.0)?.where_cond(inputs.prediction, &far)?)
    }
}

/// The first score shall be higher for a yes and lower for a no, as `torch.nn.MarginRankingLoss`: the mean over the
/// elements of a row of max(`margin` - y (first - second), 0), where y is 1 for a target above 0 and -1 for any other.
///
/// ```
/// use modularml::experiment::loss::MarginRanking;
///
/// let loss = MarginRanking::new().margin(0.1);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(first: Output, second: Output, target: Numbers)]
#[shape(first == second == target)]
pub struct MarginRanking {
    /// How much higher or lower it shall be.
    #[setting(default = 0.0, at_least = 0.0)]
    margin: f64,
}

impl Formula for MarginRanking {
    fn forward(&self, inputs: MarginRankingInputs<'_>) -> Result<PerSample> {
        let ahead = ((inputs.first - inputs.second)? * sign(inputs.target)?)?;
        PerSample::mean_of(&at_least_zero(&ahead.affine(-1.0, self.margin)?)?)
    }
}
