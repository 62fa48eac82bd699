//! Numbers that are computed from a confusion matrix, or from the counts of labels.

use super::Measurement;
use super::batch::Batch;
use super::confusion::ConfusionMatrix;
use super::labels::{Counts, LabelCounts};
use super::running::{Accumulate, Running};
use crate::Result;

/// A metric that is computed from a confusion matrix.
pub(super) trait FromConfusion: Send + 'static {
    /// The value; the matrix has rows.
    fn value(&self, matrix: &ConfusionMatrix) -> f64;
}

/// A metric that is computed from counts of labels as well, where a row may have several.
pub(super) trait FromLabels: FromConfusion {
    /// The value; there are rows.
    fn of_labels(&self, counts: &LabelCounts) -> f64;

    /// What it says of the labels of one row, where it is a mean over these.
    fn of_row(&self, labels: Counts) -> f64 {
        let _ = labels;
        0.0
    }
}

struct Counted<M> {
    matrix: ConfusionMatrix,
    metric: M,
    /// The score from which on a row is of class 1, where rows have one score.
    threshold: Option<f64>,
}

impl<M: FromConfusion> Accumulate for Counted<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        self.matrix.add(batch, self.threshold)
    }

    fn value(&self) -> f64 {
        if self.matrix.undefined() == 0.0 && self.matrix.total() > 0.0 {
            self.metric.value(&self.matrix)
        } else {
            f64::NAN
        }
    }
}

/// The same of rows that have one class, or several labels.
struct Labelled<M> {
    classes: Counted<M>,
    labels: LabelCounts,
}

impl<M: FromLabels> Accumulate for Labelled<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        if !batch.has_labels() {
            return self.classes.take(batch);
        }
        let Counted { metric, threshold, .. } = &self.classes;
        self.labels.add(batch, *threshold, |row| metric.of_row(row))
    }

    fn value(&self) -> f64 {
        match &self.labels {
            LabelCounts { is_undefined: true, .. } => f64::NAN,
            labels if labels.total > 0.0 => self.classes.metric.of_labels(labels),
            _ => self.classes.value(),
        }
    }
}

/// Starts to measure a metric that is computed from a confusion matrix.
pub(super) fn measure(metric: impl FromConfusion, threshold: Option<f64>) -> Box<dyn Measurement> {
    Box::new(Running(Counted { matrix: ConfusionMatrix::default(), metric, threshold }))
}

/// Starts to measure a metric of classes or of labels.
pub(super) fn measure_labels(metric: impl FromLabels, threshold: Option<f64>) -> Box<dyn Measurement> {
    let classes = Counted { matrix: ConfusionMatrix::default(), metric, threshold };
    Box::new(Running(Labelled { classes, labels: LabelCounts::default() }))
}

/// Starts the metrics that are computed from a confusion matrix, by one of the functions above.
macro_rules! counted {
    ($measure:ident: $($metric:ident),+) => {$(
        impl crate::experiment::metric::Measure for $metric {
            fn start(&self) -> Box<dyn crate::experiment::metric::Measurement> {
                crate::experiment::metric::counted::$measure(*self, self.threshold)
            }
        }
    )+};
}
pub(super) use counted;
