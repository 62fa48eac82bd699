//! Metrics: what an evaluation reports, exact over all rows of a split.

mod accuracy;

mod agreement;
mod auc;
mod batch;
mod calibration;
mod calibration_curve;
mod class_report;
mod columns;
mod confusion;
mod counted;
mod curves;
mod deviance;
mod errors;
mod extremes;
mod interval;
mod label_ranking;
mod labels;
mod matrix;
mod of_loss;
mod per_class;
mod probability;
mod retrieval;
mod roc;
mod running;
mod scores;
mod text_table;
mod top_k;
mod value;
mod variance;
use super::loss;
use crate::graph::Mask;
use crate::spec::{Agreement, FromSettings, Settings, Slot, Takes};
pub use crate::spec::{Gives, Memory, MetricSpec};
use crate::text::Name;
use crate::{Error, Result};
pub use accuracy::{Accuracy, BalancedAccuracy, HammingLoss};
pub use agreement::{ClassDistance, CohenKappa, Disagreement, Mcc};
pub use auc::{AveragePrecision, Comparison, RocAuc};
pub(super) use batch::best_class;
pub use calibration::{Calibration, CalibrationError};
pub use calibration_curve::CalibrationCurve;
use candle_core::Tensor;
pub use class_report::{ClassReport, ClassValues};
pub use confusion::{ConfusionMatrix, Normalize};
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use deviance::{GammaDeviance, PoissonDeviance, TweedieDeviance};
pub use errors::{Mape, Msle, Pinball, Rmse};
pub use extremes::{MaxError, MedianAbsoluteError};
pub use interval::{IntervalCoverage, IntervalWidth};
pub use label_ranking::LabelRankingAveragePrecision;
pub use matrix::{Confusion, PerClass};
use of_loss::MeanLoss;
pub use per_class::{Average, F1, FBeta, Jaccard, Precision, Recall};
pub use probability::{Brier, LogLoss};
pub use retrieval::{MeanAveragePrecision, Neighbours, RecallAt, Silhouette};
pub use roc::{PrecisionRecall, Roc};
pub(super) use text_table::aligned;
pub use top_k::TopKAccuracy;
pub use value::{MetricValue, Reported, Reports};
pub use variance::{ExplainedVariance, R2, VarianceWeightedR2};

/// The code of a metric: starts a measurement.
pub type Start = fn(&Settings) -> Box<dyn Measurement>;

/// A metric by its settings; the trait that `#[derive(Metric)]` asks for.
#[diagnostic::on_unimplemented(
    message = "nothing measures the metric `{Self}`",
    label = "not measured by anything",
    note = "write: impl Measure for {Self} {{ fn start(&self) -> Box<dyn Measurement> }}"
)]
pub trait Measure: FromSettings {
    /// Starts a measurement.
    fn start(&self) -> Box<dyn Measurement>;
}

impl MetricSpec {
    /// A metric of an output and numbers of the same shape, better the lower it is, without a unit and in bounded memory.
    #[must_use]
    pub const fn of<M: Measure>(name: Name, settings: Settings) -> Self {
        const INPUTS: &[Slot] =
            &[Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::Numbers }];
        Self {
            name,
            settings,
            inputs: INPUTS,
            agreement: Agreement::Equal(&[(0, 1)]),
            pairs_rows: true,
            elementwise: false,
            of_labels: false,
            weighs_rows: false,
            higher_is_better: false,
            has_unit: false,
            memory: Memory::Bounded,
            gives: Gives::Number,
            is_loss: false,
            code: code!(Start, |settings| M::from_settings(settings).start()),
        }
    }

    /// Starts a measurement.
    ///
    /// # Errors
    /// When its code is not that of a metric.
    pub fn start(&self) -> Result<Box<dyn Measurement>> {
        if self.is_loss {
            let loss = self.code.function::<loss::Build>(self.name)?(&self.settings);
            return Ok(Box::new(MeanLoss::of(loss)));
        }
        Ok(self.code.function::<Start>(self.name)?(&self.settings))
    }
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

    /// Takes in a batch of which some numbers are padding, behind rows that are shorter than others. It is called where
    /// an input has padding and [`MetricSpec::elementwise`] is true.
    ///
    /// # Errors
    /// When the inputs are not what the metric takes, or it cannot tell values from padding, as it cannot unless it says
    /// otherwise.
    fn add_masked(&mut self, inputs: &[Tensor], mask: &Mask) -> Result<()> {
        let _ = (inputs, mask);
        Err(Error::Component("it cannot tell values from the padding of shorter rows".to_owned()))
    }

    /// Takes in a batch of which some numbers are padding, whose rows count as much as their weights say: as
    /// [`add_masked`](Self::add_masked) and [`add_weighted`](Self::add_weighted).
    ///
    /// # Errors
    /// When the inputs are not what the metric takes, or it cannot do both, as it cannot unless it says otherwise.
    fn add_masked_weighted(&mut self, inputs: &[Tensor], mask: &Mask, weights: &Tensor) -> Result<()> {
        let _ = (inputs, mask, weights);
        let problem = "it cannot both weigh rows and tell values from the padding of shorter ones";
        Err(Error::Component(problem.to_owned()))
    }

    /// The value over all rows so far as a number; NaN where it is not defined, for example without rows, and where it
    /// is no number.
    fn value(&self) -> f64;

    /// The value over all rows so far, of the kind that [`MetricSpec::gives`] says; `classes` are the names of the
    /// target's classes in their order, none where it has none.
    fn measured(&self, classes: &[Name]) -> MetricValue {
        let _ = classes;
        MetricValue::Number(self.value())
    }
}
