//! Losses that compare a predicted distribution with a true one.

use candle_core::{D, Tensor};

use super::{Formula, PerSample};
use crate::Result;
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;
use crate::graph::softmax::log_softmax;

/// Kullback-Leibler divergence of a target distribution from predicted log probabilities, as `torch.nn.KLDivLoss` with
/// `reduction="batchmean"`: the sum over the elements of a row of y (log y - prediction), 0 where y is 0.
///
/// ```
/// use modularml::experiment::loss::KlDiv;
///
/// let loss = KlDiv::new();
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: LogProbabilities, target: Numbers)]
#[shape(prediction == target)]
pub struct KlDiv {
    /// Targets are logarithms of probabilities too.
    #[setting(default = false)]
    log_target: bool,
}

impl Formula for KlDiv {
    fn forward(&self, inputs: KlDivInputs<'_>) -> Result<PerSample> {
        if self.log_target {
            return PerSample::sum_of(&(inputs.target.exp()? * (inputs.target - inputs.prediction)?)?);
        }
        let own = pointwise::apply(inputs.target, TimesLog)?;
        PerSample::sum_of(&(own - (inputs.target * inputs.prediction)?)?)
    }
}

/// Cross entropy of logits against probabilities of the classes, as `torch.nn.CrossEntropyLoss` with such targets:
/// minus the sum over the classes, which are the last axis, of y log softmax(prediction).
///
/// ```
/// use modularml::experiment::loss::SoftCrossEntropy;
///
/// let loss = SoftCrossEntropy::new().label_smoothing(0.1);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Numbers)]
#[shape(prediction == target)]
pub struct SoftCrossEntropy {
    /// The share of the target that is spread evenly over all classes (Szegedy et al., 2016).
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    label_smoothing: f64,
}

impl Formula for SoftCrossEntropy {
    fn forward(&self, inputs: SoftCrossEntropyInputs<'_>) -> Result<PerSample> {
        let logarithms = log_softmax(inputs.prediction)?;
        let smooth = |target: &Tensor| {
            #[allow(clippy::cast_precision_loss, reason = "classes are far below 2^52")]
            let even = self.label_smoothing / target.dim(D::Minus1)?.max(1) as f64;
            target.affine(1.0 - self.label_smoothing, even)
        };
        let products = (smooth(inputs.target)? * logarithms)?;
        PerSample::mean_of(&products.sum(D::Minus1)?.neg()?)
    }
}

/// x log x, 0 at 0.
#[derive(Clone, Copy)]
struct TimesLog;

impl Function for TimesLog {
    const NAME: &'static str = "x log x";

    fn value<T: Real>(self, x: T) -> T {
        if x == T::zero() { T::zero() } else { x * x.ln() }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        x.ln() + T::one()
    }
}
