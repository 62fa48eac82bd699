//! What becomes of the rows of each class, as metrics.

use super::batch::Batch;
use super::class_report::ClassReport;
use super::confusion::{self, ConfusionMatrix};
use super::running::{Gather, Gathering};
use super::value::{MetricValue, Reports};
use super::{Measure, Measurement};
use crate::Result;
use crate::spec::{Agreement, Gives};
use crate::text::Name;

/// Which class was taken for which: a [`ConfusionMatrix`]. A prediction is one score a class, of which the largest
/// counts, the number of a class, or of two classes the score of class 1 alone.
///
/// ```
/// use modularml::experiment::metric::Confusion;
///
/// let metric = Confusion::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, gives = Gives::Confusion, weighs_rows = true)]
pub struct Confusion {
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl Reports for Confusion {
    type Value = ConfusionMatrix;
}

impl Measure for Confusion {
    fn start(&self) -> Box<dyn Measurement> {
        let counts = Counts::from(self.threshold, MetricValue::Confusion);
        Box::new(Gathering(counts))
    }
}

/// Precision, recall, F1 and rows of each class: a [`ClassReport`]. A prediction is one score a class, of which the
/// largest counts, or the number of a class.
///
/// ```
/// use modularml::experiment::metric::PerClass;
///
/// let metric = PerClass::new().zero_division(1.0);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, gives = Gives::PerClass, weighs_rows = true)]
pub struct PerClass {
    /// The value of a class for which one is not defined, where nothing is there to be divided by.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    zero_division: f64,
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl Reports for PerClass {
    type Value = ClassReport;
}

impl Measure for PerClass {
    fn start(&self) -> Box<dyn Measurement> {
        let zero_division = self.zero_division;
        let of = move |matrix| MetricValue::PerClass(ClassReport::of(&matrix, zero_division));
        Box::new(Gathering(Counts::from(self.threshold, of)))
    }
}

/// The counts of all rows so far.
struct Counts<F> {
    matrix: ConfusionMatrix,
    threshold: Option<f64>,
    of: F,
}

impl<F> Counts<F> {
    fn from(threshold: Option<f64>, of: F) -> Self {
        Self { matrix: ConfusionMatrix::default(), threshold, of }
    }
}

impl<F: Fn(ConfusionMatrix) -> MetricValue + Send> Gather for Counts<F> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        self.matrix.add(batch, self.threshold)
    }

    fn measured(&self, classes: &[Name]) -> MetricValue {
        (self.of)(self.matrix.clone().named(classes))
    }
}
