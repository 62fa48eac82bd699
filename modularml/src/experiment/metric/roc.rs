//! Curves over all thresholds as metrics.

use super::batch::Batch;
use super::curves::{PrecisionRecallCurve, RocCurve, Scored};
use super::probability::SCORES;
use super::running::{Gather, Gathering};
use super::scores::Scores;
use super::value::{MetricValue, Reports};
use super::{Measure, Measurement, Memory};
use crate::spec::{Agreement, Gives};
use crate::text::Name;
use crate::{Error, Result};

/// The receiver operating characteristic, as scikit-learn's `roc_curve` with all its thresholds: a [`RocCurve`].
///
/// A prediction is one score a class, or for two classes the score of class 1 alone. As for
/// [`RocAuc`](super::RocAuc), scores of several classes whose rows are no probabilities are taken for logits, and the
/// thresholds are of the probabilities that softmax makes of them. It needs all rows; where a score is NaN, the curve has
/// no points.
///
/// ```
/// use modularml::experiment::metric::Roc;
///
/// let of_two_classes = Roc::new();
/// let of_one_against_the_others = Roc::new().class(2);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &SCORES, agreement = Agreement::OnePerClass, gives = Gives::Roc, memory = Memory::AllRows, weighs_rows = true)]
pub struct Roc {
    /// The class whose rows are positive, all others being negative; class 1 where nothing is said, which is refused of
    /// three classes or more.
    #[setting(default = None)]
    class: Option<usize>,
}

impl Reports for Roc {
    type Value = RocCurve;
}

impl Measure for Roc {
    fn start(&self) -> Box<dyn Measurement> {
        start(self.class, |rows| MetricValue::Roc(rows.map_or_else(RocCurve::default, RocCurve::from_rows)))
    }
}

/// Precision against recall, as scikit-learn's `precision_recall_curve`: a [`PrecisionRecallCurve`].
///
/// It takes what [`Roc`] takes.
///
/// ```
/// use modularml::experiment::metric::PrecisionRecall;
///
/// let metric = PrecisionRecall::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &SCORES, agreement = Agreement::OnePerClass, gives = Gives::PrecisionRecall, memory = Memory::AllRows, weighs_rows = true)]
pub struct PrecisionRecall {
    /// The class whose rows are positive, all others being negative; class 1 where nothing is said, which is refused of
    /// three classes or more.
    #[setting(default = None)]
    class: Option<usize>,
}

impl Reports for PrecisionRecall {
    type Value = PrecisionRecallCurve;
}

impl Measure for PrecisionRecall {
    fn start(&self) -> Box<dyn Measurement> {
        start(self.class, |rows| {
            let curve = rows.map_or_else(PrecisionRecallCurve::default, PrecisionRecallCurve::from_rows);
            MetricValue::PrecisionRecall(curve)
        })
    }
}

/// A curve of one class against the others.
struct Curve {
    class: Option<usize>,
    rows: Scores,
    /// The curve of the rows; of none where a score is NaN or there are no rows.
    of: fn(Option<&[Scored]>) -> MetricValue,
}

fn start(class: Option<usize>, of: fn(Option<&[Scored]>) -> MetricValue) -> Box<dyn Measurement> {
    Box::new(Gathering(Curve { class, rows: Scores::default(), of }))
}

impl Gather for Curve {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        positive(self.class, batch.width())?;
        self.rows.take(batch)
    }

    fn measured(&self, _: &[Name]) -> MetricValue {
        if self.rows.are_undefined() {
            return (self.of)(None);
        }
        (self.of)(Some(&self.rows.question(&self.rows.comparable(), self.class.unwrap_or(1), |_| true)))
    }
}

/// The class whose rows are positive, where a row has so many scores.
pub(super) fn positive(class: Option<usize>, width: usize) -> Result<usize> {
    match (class, width) {
        (None, 0..=2) => Ok(1),
        (None, classes) => Err(Error::Component(format!(
            "of {classes} classes a curve is that of one against the others; say which: .class(1)"
        ))),
        (Some(0), 1) => Err(Error::Component(
            "a row has the score of class 1 alone; leave out .class(0), or give one score a class".to_owned(),
        )),
        (Some(class), classes) if class >= classes.max(2) => Err(Error::Component(format!(
            "class {class} is asked for, but there are scores of {} classes",
            classes.max(2)
        ))),
        (Some(class), _) => Ok(class),
    }
}
