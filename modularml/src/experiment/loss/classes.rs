//! Losses that compare scores of classes with the right class.

use candle_core::{D, Device, Tensor};

use super::distance::at_least_zero;
use super::{Formula, PerSample};
use crate::graph::kernel::device::{beside, on_cpu};
use crate::graph::softmax::log_softmax;
use crate::spec::Shares;
use crate::{Error, Result};

/// Cross entropy of logits `[rows, classes]` against class numbers `[rows]`: minus the logarithm of the right class's
/// softmax, as `torch.nn.CrossEntropyLoss`. With several positions a row, `[rows, .., classes]` against `[rows, ..]`,
/// the mean over them.
///
/// With class weights a row counts as much as its right class; as every loss it is then averaged over rows, where
/// PyTorch divides by the sum of the weights.
///
/// ```
/// use modularml::experiment::loss::CrossEntropy;
///
/// let loss = CrossEntropy::new().label_smoothing(0.1);
/// let all_classes_count_alike = CrossEntropy::new().balanced();
/// let rare_classes_count = CrossEntropy::new().class_weights([("fresh", 0.5), ("worn", 1.0), ("dead", 4.0)]);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Classes)]
#[shape(one_per_class)]
pub struct CrossEntropy {
    /// The share of the target that is spread evenly over all classes (Szegedy et al., 2016).
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    label_smoothing: f64,
    /// How much each class counts, by name in the order of the column's classes, at most eight; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// The number of a class whose rows have loss 0.
    #[setting(default = None)]
    ignored_class: Option<usize>,
    /// Each class counts n / (k rows of the class) of the n rows that the phase trains on, k classes in all, as scikit-learn's
    /// `class_weight="balanced"`; in place of `class_weights`, and for any number of classes.
    #[setting(default = false)]
    balanced: bool,
}

impl Formula for CrossEntropy {
    fn forward(&self, inputs: CrossEntropyInputs<'_>) -> Result<PerSample> {
        refuse_balanced(self.balanced)?;
        let logarithms = log_softmax(inputs.prediction)?;
        let right = Right::of(&logarithms, inputs.target, self.ignored_class)?;
        let weights = weights(&self.class_weights, &logarithms)?;
        let mut loss = right.pick(&logarithms, weights.as_ref())?.neg()?;
        if self.label_smoothing > 0.0 {
            let weighted = match &weights {
                Some(weights) => logarithms.broadcast_mul(weights)?,
                None => logarithms,
            };
            let even = (weighted.mean(D::Minus1)? * &right.counts)?;
            loss = ((loss * (1.0 - self.label_smoothing))? - (even * self.label_smoothing)?)?;
        }
        PerSample::mean_of(&loss)
    }
}

/// Negative log likelihood of log probabilities `[rows, classes]`, for example of a node that ends in
/// [`LogSoftmax`](crate::graph::Activation::LogSoftmax), against class numbers `[rows]`; with several positions and
/// with class weights as [`CrossEntropy`].
///
/// ```
/// use modularml::experiment::loss::Nll;
///
/// let loss = Nll::new().class_weights([("no", 1.0), ("yes", 9.0)]);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: LogProbabilities, target: Classes)]
#[shape(one_per_class)]
pub struct Nll {
    /// How much each class counts, by name in the order of the column's classes, at most eight; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// The number of a class whose rows have loss 0.
    #[setting(default = None)]
    ignored_class: Option<usize>,
    /// Each class counts n / (k rows of the class) of the n rows that the phase trains on, k classes in all, as scikit-learn's
    /// `class_weight="balanced"`; in place of `class_weights`, and for any number of classes.
    #[setting(default = false)]
    balanced: bool,
}

impl Formula for Nll {
    fn forward(&self, inputs: NllInputs<'_>) -> Result<PerSample> {
        refuse_balanced(self.balanced)?;
        let right = Right::of(inputs.prediction, inputs.target, self.ignored_class)?;
        let weights = weights(&self.class_weights, inputs.prediction)?;
        PerSample::mean_of(&right.pick(inputs.prediction, weights.as_ref())?.neg()?)
    }
}

/// The right class shall score higher than each other by a margin (Weston and Watkins, 1999), as
/// `torch.nn.MultiMarginLoss`: the sum over the other classes of max(`margin` - right score + other score, 0), divided
/// by the number of classes.
///
/// ```
/// use modularml::experiment::loss::MultiMargin;
///
/// let loss = MultiMargin::new();
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Classes)]
#[shape(one_per_class)]
pub struct MultiMargin {
    /// How much higher the right class shall score.
    #[setting(default = 1.0, above = 0.0)]
    margin: f64,
    /// Each term is squared.
    #[setting(default = false)]
    squared: bool,
    /// How much rows of each class count, by name in the order of the column's classes; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// Each class counts n / (k rows of the class) of the n rows that the phase trains on, k classes in all, as scikit-learn's
    /// `class_weight="balanced"`; in place of `class_weights`, and for any number of classes.
    #[setting(default = false)]
    balanced: bool,
}

impl Formula for MultiMargin {
    fn forward(&self, inputs: MultiMarginInputs<'_>) -> Result<PerSample> {
        refuse_balanced(self.balanced)?;
        let right = Right::of(inputs.prediction, inputs.target, None)?;
        let score = right.pick(inputs.prediction, None)?.unsqueeze(D::Minus1)?;
        let short = at_least_zero(&(inputs.prediction.broadcast_sub(&score)? + self.margin)?)?;
        let (short, whole) =
            if self.squared { (short.sqr()?, self.margin * self.margin) } else { (short, self.margin) };
        // The right class itself falls short by the whole margin, without a gradient.
        #[allow(clippy::cast_precision_loss, reason = "classes are far below 2^52")]
        let own = whole / right.classes as f64;
        let loss = (short.mean(D::Minus1)? - own)?;
        PerSample::mean_of(&match weights(&self.class_weights, inputs.prediction)? {
            Some(weights) => {
                (loss * weights.index_select(&right.numbers.flatten_all()?, 0)?.reshape(right.numbers.shape())?)?
            }
            None => loss,
        })
    }
}

/// Refuses a loss whose weights follow from rows that it does not know.
pub(super) fn refuse_balanced(is_balanced: bool) -> Result<()> {
    if is_balanced {
        let problem = "balanced() is worked out of the rows that a train phase learns from; elsewhere say the weights";
        return Err(Error::Component(problem.to_owned()));
    }
    Ok(())
}

/// The right class of each row or position.
struct Right {
    /// Its number, 0 where the class is ignored, with the shape of the targets.
    numbers: Tensor,
    /// 1, or 0 where the class is ignored.
    counts: Tensor,
    /// How many classes have scores.
    classes: usize,
}

impl Right {
    fn of(scores: &Tensor, target: &Tensor, ignored: Option<usize>) -> Result<Self> {
        let (positions, count) = match scores.dims() {
            [positions @ .., count] if !positions.is_empty() => (positions, *count),
            other => return Err(Error::Component(format!("scores are [rows, classes], found shape {other:?}"))),
        };
        if target.dims() != positions {
            return Err(Error::Component(format!(
                "scores {:?} need classes {positions:?}, found {:?}",
                scores.dims(),
                target.dims()
            )));
        }
        let mut numbers = on_cpu(target)?.to_dtype(candle_core::DType::U32)?.flatten_all()?.to_vec1::<u32>()?;
        let mut counts = vec![1.0; numbers.len()];
        for (row, (class, counts)) in numbers.iter_mut().zip(&mut counts).enumerate() {
            if Some(*class as usize) == ignored {
                (*class, *counts) = (0, 0.0);
            } else if *class as usize >= count {
                let last = count.saturating_sub(1);
                return Err(Error::Component(format!(
                    "row {row} is of class {class}, but there are scores of {count} classes (0 to {last})"
                )));
            }
        }
        Ok(Self {
            numbers: Tensor::from_vec(numbers, positions, scores.device())?,
            counts: beside(scores, &Tensor::from_vec(counts, positions, &Device::Cpu)?)?,
            classes: count,
        })
    }

    /// The score of the right class, times the weight of that class.
    fn pick(&self, scores: &Tensor, weights: Option<&Tensor>) -> Result<Tensor> {
        let last = scores.rank() - 1;
        let scores = scores.contiguous()?.gather(&self.numbers.unsqueeze(last)?, last)?.squeeze(last)?;
        let counts = match weights {
            Some(weights) => {
                let of_row = weights.index_select(&self.numbers.flatten_all()?, 0)?;
                (of_row.reshape(self.numbers.shape())? * &self.counts)?
            }
            None => self.counts.clone(),
        };
        Ok((scores * counts)?)
    }
}

/// The weights of the classes that have scores.
fn weights(shares: &Shares, scores: &Tensor) -> Result<Option<Tensor>> {
    numbers(shares, "class_weights", "classes", scores)
}

/// The numbers of a setting, one for each number of a row along its last axis, of which there are so many `whose`.
pub(super) fn numbers(shares: &Shares, setting: &str, whose: &str, scores: &Tensor) -> Result<Option<Tensor>> {
    let weights = shares.shares();
    if weights.is_empty() {
        return Ok(None);
    }
    let count = scores.dim(D::Minus1)?;
    if weights.len() != count || weights.iter().any(|weight| !(*weight >= 0.0 && *weight < f64::INFINITY)) {
        return Err(Error::Component(format!(
            "{setting} are {weights:?}; {count} {whose} need as many numbers from 0 on"
        )));
    }
    Ok(Some(beside(scores, &Tensor::from_slice(&weights, count, &Device::Cpu)?)?))
}
