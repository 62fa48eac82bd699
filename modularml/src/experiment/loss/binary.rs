//! Losses that compare a probability, or its logit, with yes (1) or no (0).

use super::classes::{numbers, refuse_balanced};
use super::{Formula, PerSample};
use crate::Result;
use crate::graph::layer::activation::functions::Sigmoid;
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;
use crate::spec::Shares;

/// Binary cross entropy of probabilities: the mean of -(y log p + (1 - y) log(1 - p)) over the elements of a row, the
/// logarithms not below -100, as `torch.nn.BCELoss`.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Probabilities, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct Bce;

impl Formula for Bce {
    fn forward(&self, inputs: BceInputs<'_>) -> Result<PerSample> {
        let yes = (inputs.target * pointwise::apply(inputs.prediction, Log)?)?;
        let no = ((1.0 - inputs.target)? * pointwise::apply(inputs.prediction, LogOfRest)?)?;
        PerSample::mean_of(&(yes + no)?.neg()?)
    }
}

/// Binary cross entropy of logits, which cannot overflow: the mean over the elements of a row of
/// -(`positive_weight` y log s(x) + (1 - y) log(1 - s(x))) with the logistic function s, as
/// `torch.nn.BCEWithLogitsLoss`. Where a row has many labels, each counts alike, as in
/// `torch.nn.MultiLabelSoftMarginLoss`.
///
/// ```
/// use modularml::experiment::loss::BceWithLogits;
///
/// let loss = BceWithLogits::new().positive_weight(3.0);
/// let of_labels = BceWithLogits::new().positive_weights([("cat", 1.0), ("dog", 4.0)]);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct BceWithLogits {
    /// How many times as much a yes counts as a no.
    #[setting(default = 1.0, above = 0.0)]
    positive_weight: f64,
    /// The same of each label of a row, by names of your choice in the order of the labels, at most 32; it is multiplied with
    /// `positive_weight`.
    #[setting(default = Shares::new(&[]))]
    positive_weights: Shares,
    /// A yes counts as often as there are noes for each yes among the rows that the phase trains on, of each label by itself;
    /// in place of the other two.
    #[setting(default = false)]
    balanced: bool,
}

impl Formula for BceWithLogits {
    fn forward(&self, inputs: BceWithLogitsInputs<'_>) -> Result<PerSample> {
        refuse_balanced(self.balanced)?;
        // -log s(x) = softplus(x) - x and -log(1 - s(x)) = softplus(x).
        let total = pointwise::apply(inputs.prediction, Softplus)?;
        let mut yes = (inputs.target * self.positive_weight)?;
        if let Some(weights) = numbers(&self.positive_weights, "positive_weights", "labels", inputs.prediction)? {
            yes = yes.broadcast_mul(&weights)?;
        }
        let weight = ((&yes - inputs.target)? + 1.0)?;
        PerSample::mean_of(&((total * weight)? - (inputs.prediction * yes)?)?)
    }
}

/// The least logarithm that counts.
const LOWEST: f64 = -100.0;

/// p (1 - p), but not so small that dividing by it overflows; the bound is PyTorch's, a `float`.
fn spread<T: Real>(p: T) -> T {
    let (spread, least) = (p * (T::one() - p), T::from_f64(f64::from(1e-12f32)));
    if spread < least { least } else { spread }
}

fn bounded<T: Real>(logarithm: T) -> T {
    let lowest = T::from_f64(LOWEST);
    if logarithm < lowest { lowest } else { logarithm }
}

/// log p. With the slopes of both logarithms written over p (1 - p), the loss has PyTorch's gradient
/// (p - y) / (p (1 - p)) at the ends too.
#[derive(Clone, Copy)]
struct Log;

impl Function for Log {
    const NAME: &'static str = "log p";

    fn value<T: Real>(self, p: T) -> T {
        bounded(p.ln())
    }

    fn slope<T: Real>(self, p: T, _: T) -> T {
        (T::one() - p) / spread(p)
    }
}

/// log(1 - p).
#[derive(Clone, Copy)]
struct LogOfRest;

impl Function for LogOfRest {
    const NAME: &'static str = "log(1 - p)";

    fn value<T: Real>(self, p: T) -> T {
        bounded((T::zero() - p).ln_1p())
    }

    fn slope<T: Real>(self, p: T, _: T) -> T {
        (T::zero() - p) / spread(p)
    }
}

/// log(1 + exp(x)).
#[derive(Clone, Copy)]
pub(super) struct Softplus;

impl Function for Softplus {
    const NAME: &'static str = "softplus";

    fn value<T: Real>(self, x: T) -> T {
        let above = if x < T::zero() { T::zero() } else { x };
        above + (T::zero() - x.abs()).exp().ln_1p()
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        Sigmoid.value(x)
    }
}
