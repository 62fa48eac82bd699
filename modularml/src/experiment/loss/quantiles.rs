//! The loss of several quantiles at once.

use candle_core::{D, Tensor};

use super::classes::numbers;
use super::distance::at_least_zero;
use super::{Formula, PerSample};
use crate::spec::Shares;
use crate::{Error, Result};

/// Pinball loss of several predicted quantiles (Koenker and Bassett, 1978): for each number of the target the prediction has
/// one number a level, along its last axis. With d = target - prediction, the mean over levels a and numbers of a row of
/// a d where d is positive, else (a - 1) d, which is the mean of scikit-learn's `mean_pinball_loss` over the levels. Where
/// d is 0 the slope is that of positive d.
///
/// The levels have names of your choice and rise from above 0 to below 1. Nothing keeps predicted quantiles in their order.
///
/// ```
/// use modularml::experiment::loss::Quantiles;
///
/// let loss = Quantiles::levels([("low", 0.1), ("median", 0.5), ("high", 0.9)]);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(one_per(levels))]
pub struct Quantiles {
    /// The shares of targets that shall lie below each number, by name, at most 32.
    #[setting(first)]
    levels: Shares,
}

impl Formula for Quantiles {
    fn forward(&self, inputs: QuantilesInputs<'_>) -> Result<PerSample> {
        let QuantilesInputs { prediction, target } = inputs;
        let levels = numbers(&self.levels, "levels", "numbers along the last axis", prediction)?;
        let Some(levels) = levels else {
            return Err(Error::Component("Quantiles has no levels; name at least one".to_owned()));
        };
        let above = above(prediction, target)?;
        // (a - 1) d is a d - d, so below 0 that much more.
        PerSample::mean_of(&(above.broadcast_mul(&levels)? + at_least_zero(&above.neg()?)?)?)
    }
}

/// How far each target is above each of the numbers that are predicted for it.
fn above(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    if prediction.dims().split_last().map(|(_, positions)| positions) != Some(target.dims()) {
        let (prediction, target) = (prediction.dims(), target.dims());
        let problem = format!("targets {target:?} need predictions {target:?} and the levels, found {prediction:?}");
        return Err(Error::Component(problem));
    }
    Ok(target.unsqueeze(D::Minus1)?.broadcast_sub(prediction)?)
}
