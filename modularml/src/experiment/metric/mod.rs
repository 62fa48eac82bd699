//! Metrics: what an evaluation reports, exact over all rows of a split.

mod accuracy;
mod agreement;
mod auc;
mod batch;
mod calibration;
mod columns;
mod confusion;
mod curves;
mod errors;
mod extremes;
mod per_class;
mod probability;
mod top_k;
mod variance;

use candle_core::Tensor;

pub use accuracy::{Accuracy, BalancedAccuracy, HammingLoss};
pub use agreement::{CohenKappa, Mcc};
pub use auc::{AveragePrecision, Comparison, RocAuc};
pub use calibration::CalibrationError;
pub use confusion::{ConfusionMatrix, Normalize};
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use errors::{Mae, Mape, MeanSquaredError, Msle, Pinball, Rmse};
pub use extremes::{MaxError, MedianAbsoluteError};
pub use per_class::{Average, F1, FBeta, Jaccard, Precision, Recall};
pub use probability::{Brier, LogLoss};
pub use top_k::TopKAccuracy;
pub use variance::{ExplainedVariance, R2, VarianceWeightedR2};

use super::loss::{Agreement, Slot};
use crate::settings::Settings;
use crate::text::Name;
use crate::{Error, Result};

/// A metric with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// The registered name, for example `Rmse`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Its inputs in order: the prediction, then the target.
    pub inputs: &'static [Slot],
    /// How the shapes of the inputs must agree.
    pub agreement: Agreement,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
    /// Whether its value changes with the unit of the target.
    pub has_unit: bool,
    /// What it keeps while it is measured.
    pub memory: Memory,
    /// Starts a measurement.
    pub start: fn(&Settings) -> Box<dyn Measurement>,
}

/// What a metric keeps while it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Sums and counts, whose number does not grow with the rows.
    Bounded,
    /// Numbers of all rows, because the exact value cannot be had from less.
    AllRows,
}

/// A metric being measured, batch after batch.
pub trait Measurement: Send {
    /// Takes in a batch: the inputs in order, `[rows, ..]` each.
    ///
    /// # Errors
    /// When the inputs are not what the metric takes.
    fn add(&mut self, inputs: &[Tensor]) -> Result<()>;

    /// Takes in a batch whose rows count as much as their weights say, `[rows]` of numbers from 0 on.
    ///
    /// # Errors
    /// When the inputs are not what the metric takes, or it counts all rows alike, as it does unless it says otherwise.
    fn add_weighted(&mut self, inputs: &[Tensor], weights: &Tensor) -> Result<()> {
        let _ = (inputs, weights);
        Err(Error::Component("this metric counts all rows alike; give it no weights".to_owned()))
    }

    /// The value over all rows so far; NaN where it is not defined, for example without rows.
    fn value(&self) -> f64;
}

/// Writes the conversion of metrics into their specs.
macro_rules! into_spec {
    ($($metric:ident),*) => {$(
        impl From<$metric> for $crate::experiment::metric::MetricSpec {
            fn from(metric: $metric) -> Self {
                metric.spec()
            }
        }
    )*};
}

use into_spec;
