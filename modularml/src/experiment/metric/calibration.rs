//! Whether predicted probabilities are what they say.

use super::batch::{Batch, is_undefined, largest};
use super::calibration_curve::{Bins, CalibrationCurve};
use super::probability::{LOGITS, PROBABILITIES, of_class, probabilities};
use super::roc::positive;
use super::running::{Accumulate, Gather, Gathering, Running};
use super::value::{MetricValue, Reports};
use super::{Measure, Measurement};
use crate::spec::{Agreement, Gives};
use crate::text::Name;
use crate::{Error, Result};

/// Expected calibration error (Guo et al., 2017): rows are put into equally wide bins by the probability of their
/// predicted class; of each bin, |share of right rows - mean probability|, averaged over bins by their rows.
///
/// A prediction is one probability a class, or for two classes that of class 1 alone. For logits see
/// [`CalibrationError::from_logits`].
///
/// ```
/// use modularml::experiment::metric::CalibrationError;
///
/// let metric = CalibrationError::new().bins(10);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = if self.from_logits { &LOGITS } else { &PROBABILITIES }, agreement = Agreement::OnePerClass, weighs_rows = true)]
pub struct CalibrationError {
    /// How many bins there are between 0 and 1.
    #[setting(default = 15, at_least = 1, at_most = 10000)]
    bins: usize,
    /// Predictions are logits, which become probabilities by softmax, or by the logistic function where there is one.
    #[setting(default = false)]
    from_logits: bool,
}

impl Measure for CalibrationError {
    fn start(&self) -> Box<dyn Measurement> {
        let bins = vec![Bin::default(); self.bins.clamp(1, 10_000)];
        Box::new(Running(Binned { from_logits: self.from_logits, bins, is_undefined: false }))
    }
}

/// How often rows are of a class that is given a probability: a [`CalibrationCurve`].
///
/// A prediction is one probability a class, or for two classes that of class 1 alone. For logits see
/// [`Calibration::from_logits`]. Where a probability is NaN, the curve has no points.
///
/// ```
/// use modularml::experiment::metric::Calibration;
///
/// let metric = Calibration::new().bins(10);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(
    weighs_rows = true,
    inputs = if self.from_logits { &LOGITS } else { &PROBABILITIES },
    agreement = Agreement::OnePerClass,
    gives = Gives::Calibration
)]
pub struct Calibration {
    /// How many bins there are between 0 and 1.
    #[setting(default = 5, at_least = 1, at_most = 10000)]
    bins: usize,
    /// The class whose rows are positive, all others being negative; class 1 where nothing is said, which is refused of
    /// three classes or more.
    #[setting(default = None)]
    class: Option<usize>,
    /// Predictions are logits, which become probabilities by softmax, or by the logistic function where there is one.
    #[setting(default = false)]
    from_logits: bool,
}

impl Reports for Calibration {
    type Value = CalibrationCurve;
}

impl Measure for Calibration {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Gathering(Observed { metric: *self, bins: Bins::new(self.bins.clamp(1, 10_000)) }))
    }
}

struct Observed {
    metric: Calibration,
    bins: Bins,
}

impl Gather for Observed {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        let positive = positive(self.metric.class, batch.width())?;
        for ((scores, class), weight) in batch.scores()?.zip(batch.classes()?).zip(batch.weights()) {
            let probabilities = probabilities(scores, self.metric.from_logits)?;
            of_class(&probabilities, class)?;
            self.bins.add(of_class(&probabilities, positive)?, class == positive, weight);
        }
        Ok(())
    }

    fn measured(&self, _: &[Name]) -> MetricValue {
        MetricValue::Calibration(self.bins.curve())
    }
}

#[derive(Clone, Copy, Default)]
struct Bin {
    weight: f64,
    right: f64,
    confidence: f64,
}

struct Binned {
    from_logits: bool,
    bins: Vec<Bin>,
    /// Whether a probability was NaN.
    is_undefined: bool,
}

impl Binned {
    /// The bin of a probability; one on an edge belongs to the bin below.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position among few bins")]
    fn bin(&mut self, confidence: f64) -> Option<&mut Bin> {
        let position = (confidence * super::batch::count(self.bins.len())).ceil().max(1.0) as usize - 1;
        let last = self.bins.len().saturating_sub(1);
        self.bins.get_mut(position.min(last))
    }
}

impl Accumulate for Binned {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        for ((scores, class), weight) in batch.scores()?.zip(batch.classes()?).zip(batch.weights()) {
            let probabilities = probabilities(scores, self.from_logits)?;
            let (predicted, confidence) = match probabilities.as_slice() {
                [one] if *one > 0.5 => (1, *one),
                [one] => (0, 1.0 - one),
                several => (largest(several), several.iter().copied().fold(0.0, f64::max)),
            };
            if class >= probabilities.len().max(2) {
                return Err(Error::Component(format!(
                    "a row is of class {class}, but there are scores of {} classes",
                    probabilities.len().max(2)
                )));
            }
            if is_undefined(&probabilities) {
                self.is_undefined = true;
                continue;
            }
            if let Some(bin) = self.bin(confidence) {
                bin.weight += weight;
                bin.confidence += weight * confidence;
                bin.right += if predicted == class { weight } else { 0.0 };
            }
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.is_undefined {
            return f64::NAN;
        }
        let all: f64 = self.bins.iter().map(|bin| bin.weight).sum();
        self.bins.iter().map(|bin| (bin.right - bin.confidence).abs()).sum::<f64>() / all
    }
}
