//! What metrics report: a number, or what is none.

use serde::{Deserialize, Serialize};

use super::calibration_curve::CalibrationCurve;
use super::class_report::ClassReport;
use super::confusion::ConfusionMatrix;
use super::curves::{PrecisionRecallCurve, RocCurve};
use crate::experiment::exact;
use crate::spec::Gives;

/// The value of a metric over all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricValue {
    /// A number.
    Number(#[serde(with = "exact")] f64),
    /// Of [`Confusion`](super::Confusion).
    Confusion(ConfusionMatrix),
    /// Of [`Roc`](super::Roc).
    Roc(RocCurve),
    /// Of [`PrecisionRecall`](super::PrecisionRecall).
    PrecisionRecall(PrecisionRecallCurve),
    /// Of [`Calibration`](super::Calibration).
    Calibration(CalibrationCurve),
    /// Of [`PerClass`](super::PerClass).
    PerClass(ClassReport),
}

impl MetricValue {
    /// Which kind of value it is.
    #[must_use]
    pub const fn kind(&self) -> Gives {
        match self {
            Self::Number(_) => Gives::Number,
            Self::Confusion(_) => Gives::Confusion,
            Self::Roc(_) => Gives::Roc,
            Self::PrecisionRecall(_) => Gives::PrecisionRecall,
            Self::Calibration(_) => Gives::Calibration,
            Self::PerClass(_) => Gives::PerClass,
        }
    }
}

/// A type that a metric may report.
pub trait Reported: Sized {
    /// The value as one of this type; none where it is of another.
    fn of(value: &MetricValue) -> Option<Self>;
}

/// Writes how values of each kind are taken out.
macro_rules! reported {
    ($($kind:ident: $type:ty),+) => {$(
        impl Reported for $type {
            fn of(value: &MetricValue) -> Option<Self> {
                if let MetricValue::$kind(value) = value { Some(value.clone()) } else { None }
            }
        }
    )+};
}

reported! {
    Number: f64,
    Confusion: ConfusionMatrix,
    Roc: RocCurve,
    PrecisionRecall: PrecisionRecallCurve,
    Calibration: CalibrationCurve,
    PerClass: ClassReport
}

/// The type of what a metric or a loss reports, by which the results of an experiment are typed. Its derive says it: `f64`
/// for a component of one's own.
#[diagnostic::on_unimplemented(
    message = "expected a metric or a loss, found `{Self}`",
    label = "reports nothing",
    note = "a metric derives Metric, a loss derives Loss"
)]
pub trait Reports {
    /// The type.
    type Value: Reported;
}
