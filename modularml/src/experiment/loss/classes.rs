//! Losses that compare scores of classes with the right class.

use candle_core::{D, Tensor};

use super::{Formula, PerSample};
use crate::graph::softmax::log_softmax;
use crate::{Error, Result};

/// Cross entropy of logits `[rows, classes]` against class numbers `[rows]`: minus the logarithm of the right class's
/// softmax, as `torch.nn.CrossEntropyLoss`.
///
/// ```
/// use modularml::experiment::loss::CrossEntropy;
///
/// let loss = CrossEntropy::new().label_smoothing(0.1);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Logits, target: Classes)]
#[shape(one_per_class)]
pub struct CrossEntropy {
    /// The share of the target that is spread evenly over all classes (Szegedy et al., 2016).
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    label_smoothing: f64,
}

impl Formula for CrossEntropy {
    fn forward(&self, inputs: CrossEntropyInputs<'_>) -> Result<PerSample> {
        let logarithms = log_softmax(inputs.prediction)?;
        let right = pick(&logarithms, inputs.target)?;
        if self.label_smoothing == 0.0 {
            return Ok(PerSample(right.neg()?));
        }
        let even = logarithms.mean(D::Minus1)?;
        let mixed = ((right * (1.0 - self.label_smoothing))? + (even * self.label_smoothing)?)?;
        Ok(PerSample(mixed.neg()?))
    }
}

/// Negative log likelihood of log probabilities `[rows, classes]`, for example of a node that ends in
/// [`LogSoftmax`](crate::graph::Activation::LogSoftmax), against class numbers `[rows]`.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Classes)]
#[shape(one_per_class)]
pub struct Nll;

impl Formula for Nll {
    fn forward(&self, inputs: NllInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(pick(inputs.prediction, inputs.target)?.neg()?))
    }
}

/// The score of the right class of each row.
fn pick(scores: &Tensor, classes: &Tensor) -> Result<Tensor> {
    let (rows, count) = match scores.dims() {
        [rows, count] => (*rows, *count),
        other => return Err(Error::Component(format!("scores are [rows, classes], found shape {other:?}"))),
    };
    let classes = classes.to_dtype(candle_core::DType::U32)?;
    if classes.dims() != [rows] {
        return Err(Error::Component(format!(
            "{rows} rows of scores need as many classes, found {:?}",
            classes.dims()
        )));
    }
    let numbers = classes.to_vec1::<u32>()?;
    if let Some(row) = numbers.iter().position(|&class| class as usize >= count) {
        return Err(Error::Component(format!(
            "row {row} is of class {}, but there are scores of {count} classes (0 to {})",
            numbers[row],
            count.saturating_sub(1)
        )));
    }
    Ok(scores.gather(&classes.unsqueeze(1)?, 1)?.squeeze(1)?)
}
