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
/// counts, or the number of a class.
///
/// ```
/// use modularml::experiment::metric::Confusion;
///
/// let metric = Confusion;
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, gives = Gives::Confusion)]
pub struct Confusion;

impl Reports for Confusion {
    type Value = ConfusionMatrix;
}

impl Measure for Confusion {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Gathering(Counts { matrix: ConfusionMatrix::default(), of: MetricValue::Confusion }))
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
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, gives = Gives::PerClass)]
pub struct PerClass {
    /// The value of a class for which one is not defined, where nothing is there to be divided by.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    zero_division: f64,
}

impl Reports for PerClass {
    type Value = ClassReport;
}

impl Measure for PerClass {
    fn start(&self) -> Box<dyn Measurement> {
        let zero_division = self.zero_division;
        let of = move |matrix| MetricValue::PerClass(ClassReport::of(&matrix, zero_division));
        Box::new(Gathering(Counts { matrix: ConfusionMatrix::default(), of }))
    }
}

/// The counts of all rows so far.
struct Counts<F> {
    matrix: ConfusionMatrix,
    of: F,
}

impl<F: Fn(ConfusionMatrix) -> MetricValue + Send> Gather for Counts<F> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        self.matrix.add(batch)
    }

    fn measured(&self, classes: &[Name]) -> MetricValue {
        (self.of)(self.matrix.clone().named(classes))
    }
}
