//! How good predicted probabilities are.

use super::batch::{Batch, is_undefined};
use super::running::{Accumulate, Running};
use super::{Measure, Measurement};
use crate::experiment::loss::{Agreement, Slot, Takes};
use crate::{Error, Result};

/// Logarithmic loss: the mean of minus the logarithm of the right class's probability, which counts as at least
/// 2.2e-16, as scikit-learn's `log_loss`.
///
/// A prediction is one probability a class, or for two classes that of class 1 alone. For logits see
/// [`LogLoss::from_logits`].
///
/// ```
/// use modularml::experiment::metric::LogLoss;
///
/// let metric = LogLoss::new().from_logits();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = if self.from_logits { &LOGITS } else { &PROBABILITIES }, agreement = Agreement::OnePerClass, weighs_rows = true)]
pub struct LogLoss {
    /// Predictions are logits, which become probabilities by softmax, or by the logistic function where there is one.
    #[setting(default = false)]
    from_logits: bool,
}

impl Measure for LogLoss {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Running(Scored { metric: *self, sum: 0.0, weight: 0.0 }))
    }
}

/// Brier's score (1950): the mean over rows of the sum over classes of (probability - 1 if right, else 0)². Where the
/// probability of class 1 stands alone, its square alone counts, as scikit-learn's `brier_score_loss`.
///
/// A prediction is one probability a class, or for two classes that of class 1 alone. For logits see
/// [`Brier::from_logits`].
///
/// ```
/// use modularml::experiment::metric::Brier;
///
/// let metric = Brier::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = if self.from_logits { &LOGITS } else { &PROBABILITIES }, agreement = Agreement::OnePerClass, weighs_rows = true)]
pub struct Brier {
    /// Predictions are logits, which become probabilities by softmax, or by the logistic function where there is one.
    #[setting(default = false)]
    from_logits: bool,
}

impl Measure for Brier {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Running(Scored { metric: *self, sum: 0.0, weight: 0.0 }))
    }
}

/// The inputs of a metric on scores.
pub(super) const SCORES: [Slot; 2] =
    [Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::Labels }];

/// The inputs of a metric on probabilities.
pub(super) const PROBABILITIES: [Slot; 2] =
    [Slot { name: "prediction", takes: Takes::Probabilities }, Slot { name: "target", takes: Takes::Labels }];

/// The inputs of a metric on logits.
pub(super) const LOGITS: [Slot; 2] =
    [Slot { name: "prediction", takes: Takes::Logits }, Slot { name: "target", takes: Takes::Labels }];

/// The probabilities of a row's classes, of which a single one is that of class 1.
pub(super) fn probabilities(scores: &[f64], from_logits: bool) -> Result<Vec<f64>> {
    if from_logits {
        return Ok(match scores {
            [logit] => vec![1.0 / (1.0 + (-logit).exp())],
            logits => softmax(logits),
        });
    }
    // NaN is no reason to end a run: the value is NaN then.
    match scores.iter().find(|score| !score.is_nan() && !(-1e-6..=1.0 + 1e-6).contains(*score)) {
        Some(score) => Err(Error::Component(format!(
            "a prediction of {score} is no probability; end the node in Softmax or Sigmoid, or say .from_logits()"
        ))),
        None => Ok(scores.to_vec()),
    }
}

/// The probabilities that logits stand for.
pub(super) fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.iter().map(|logit| (logit - most).exp()).sum();
    logits.iter().map(|logit| (logit - most).exp() / total).collect()
}

/// The probability of a class; a single one is that of class 1.
pub(super) fn of_class(probabilities: &[f64], class: usize) -> Result<f64> {
    let known = match (probabilities, class) {
        ([one], 0) => Some(1.0 - one),
        ([one], 1) => Some(*one),
        ([_], _) => None,
        (several, class) => several.get(class).copied(),
    };
    let count = probabilities.len().max(2);
    known.ok_or_else(|| Error::Component(format!("a row is of class {class}, but there are scores of {count} classes")))
}

/// A value that each row has.
trait Score: Send + 'static {
    fn takes_logits(&self) -> bool;
    fn score(&self, probabilities: &[f64], class: usize) -> Result<f64>;
}

impl Score for LogLoss {
    fn takes_logits(&self) -> bool {
        self.from_logits
    }

    fn score(&self, probabilities: &[f64], class: usize) -> Result<f64> {
        Ok(-of_class(probabilities, class)?.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln())
    }
}

impl Score for Brier {
    fn takes_logits(&self) -> bool {
        self.from_logits
    }

    fn score(&self, probabilities: &[f64], class: usize) -> Result<f64> {
        let right = of_class(probabilities, class)?;
        if probabilities.len() == 1 {
            return Ok((1.0 - right).powi(2));
        }
        let others: f64 = probabilities.iter().map(|probability| probability * probability).sum();
        Ok(others - right * right + (1.0 - right).powi(2))
    }
}

/// The weighted mean of a score.
struct Scored<M> {
    metric: M,
    sum: f64,
    weight: f64,
}

impl<M: Score> Accumulate for Scored<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        for ((scores, class), weight) in batch.scores()?.zip(batch.classes()?).zip(batch.weights()) {
            let probabilities = probabilities(scores, self.metric.takes_logits())?;
            if is_undefined(&probabilities) {
                self.sum = f64::NAN;
            }
            self.sum += weight * self.metric.score(&probabilities, class)?;
            self.weight += weight;
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
