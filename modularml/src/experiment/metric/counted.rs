//! Numbers that are computed from a confusion matrix.

use super::Measurement;
use super::batch::Batch;
use super::confusion::ConfusionMatrix;
use super::running::{Accumulate, Running};
use crate::Result;

/// A metric that is computed from a confusion matrix.
pub(super) trait FromConfusion: Send + 'static {
    /// The value; the matrix has rows.
    fn value(&self, matrix: &ConfusionMatrix) -> f64;
}

struct Counted<M> {
    matrix: ConfusionMatrix,
    metric: M,
}

impl<M: FromConfusion> Accumulate for Counted<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        self.matrix.add(batch)
    }

    fn value(&self) -> f64 {
        if self.matrix.undefined() == 0.0 && self.matrix.total() > 0.0 {
            self.metric.value(&self.matrix)
        } else {
            f64::NAN
        }
    }
}

/// Starts to measure a metric that is computed from a confusion matrix.
pub(super) fn measure(metric: impl FromConfusion) -> Box<dyn Measurement> {
    Box::new(Running(Counted { matrix: ConfusionMatrix::default(), metric }))
}

/// Starts the metrics that are computed from a confusion matrix.
macro_rules! counted {
    ($($metric:ident),+) => {$(
        impl crate::experiment::metric::Measure for $metric {
            fn start(&self) -> Box<dyn crate::experiment::metric::Measurement> {
                crate::experiment::metric::counted::measure(*self)
            }
        }
    )+};
}
pub(super) use counted;
