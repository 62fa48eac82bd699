//! What a run reports.

use serde::{Deserialize, Serialize};

use super::exact;
use super::gathered::Gathered;
use super::metric::{MetricValue, Reported};
use super::table::PredictionTable;
use crate::text::{Name, interned};
use crate::{Error, Result};

/// What one phase reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PhaseResult {
    /// Of a train phase.
    Train(TrainResult),
    /// Of a fit phase.
    Fit(FitResult),
    /// Of an eval phase.
    Eval(EvalResult),
}

impl PhaseResult {
    /// The name of the phase.
    #[must_use]
    pub const fn name(&self) -> Name {
        match self {
            Self::Train(result) => result.name,
            Self::Fit(result) => result.name,
            Self::Eval(result) => result.name,
        }
    }

    /// The result as that of a train phase.
    ///
    /// # Errors
    /// When the phase is of another kind.
    pub fn trained(&self) -> Result<&TrainResult> {
        match self {
            Self::Train(result) => Ok(result),
            _ => Err(Error::Data(format!("`{}` is not a train phase", self.name()))),
        }
    }

    /// The result as that of an eval phase.
    ///
    /// # Errors
    /// When the phase is of another kind.
    pub fn evaluated(&self) -> Result<&EvalResult> {
        match self {
            Self::Eval(result) => Ok(result),
            _ => Err(Error::Data(format!("`{}` is not an eval phase", self.name()))),
        }
    }

    /// The number that an eval phase measured under a name; `loss` is the name of the loss.
    ///
    /// # Errors
    /// When the phase is of another kind, or measured no number of that name.
    pub fn measured(&self, name: &str) -> Result<f64> {
        self.value(name)
    }

    /// The value that an eval phase measured under a name: a number, a
    /// [`ConfusionMatrix`](super::metric::ConfusionMatrix) or what else the metric reports.
    ///
    /// # Errors
    /// When the phase is of another kind, measured nothing of that name, or something of another type.
    pub fn value<T: Reported>(&self, name: &str) -> Result<T> {
        let value = self.evaluated()?.value(name).ok_or_else(|| not_measured(self.name(), name))?;
        T::of(&value).ok_or_else(|| {
            let (phase, kind) = (self.name(), value.kind().words());
            Error::Data(format!("what `{phase}` measured as `{name}` is {kind}, and is read as something else"))
        })
    }

    /// What the graph gave for the rows of an eval phase that declares `predictions;`.
    ///
    /// # Errors
    /// When the phase is of another kind, or does not declare it.
    pub fn predictions(&self) -> Result<&PredictionTable> {
        let table = self.evaluated()?.predictions.as_ref();
        let none = || Error::Data(format!("eval `{}` keeps no predictions; it does with: predictions;", self.name()));
        table.ok_or_else(none)
    }
}

/// The result of the phase at a position.
///
/// # Errors
/// When fewer phases ran.
pub fn result_of(results: &[PhaseResult], phase: usize) -> Result<&PhaseResult> {
    results
        .get(phase)
        .ok_or_else(|| Error::Data(format!("{} phases ran, phase {} is asked for", results.len(), phase + 1)))
}

pub(super) fn not_measured(phase: &str, name: &str) -> Error {
    let problem = format!("`{phase}` measured no `{name}`");
    Error::Unknown { what: "measured value", name: name.to_owned(), problem }
}

/// What a train phase reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainResult {
    /// The name of the phase.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The loss of each epoch: the mean over its rows, each taken before the step that its batch caused.
    #[serde(with = "exact")]
    pub loss: Vec<f64>,
    /// The loss of each step of all epochs, before the change that it caused, also of steps that were left out; only where
    /// the phase declares `step_loss;`.
    #[serde(with = "exact", default, skip_serializing_if = "Vec::is_empty")]
    pub step_loss: Vec<f64>,
    /// The evaluations during training, in order.
    pub val: Vec<ValResult>,
    /// The epoch, counted from 0, at which the watched value was best; only with early stopping.
    pub best_epoch: Option<usize>,
    /// How many epochs ran.
    pub epochs: usize,
}

impl TrainResult {
    /// The values that the evaluations during training measured under a name, in order.
    ///
    /// # Errors
    /// When they measured nothing of that name.
    pub fn history(&self, name: &str) -> Result<Vec<f64>> {
        let value = |val: &ValResult| val.measured.get(name).ok_or_else(|| not_measured(self.name, name));
        self.val.iter().map(value).collect()
    }
}

/// One evaluation during training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValResult {
    /// The epoch after which it was made, counted from 0.
    pub epoch: usize,
    /// What was measured.
    pub measured: EvalResult,
}

/// What a fit phase reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitResult {
    /// The name of the phase.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The nodes in the order in which they were fitted.
    #[serde(deserialize_with = "interned")]
    pub nodes: Vec<Name>,
}

/// What an evaluation measured, exact over all its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalResult {
    /// The name of the phase.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The loss, when it was measured.
    #[serde(with = "exact")]
    pub loss: Option<f64>,
    /// How many rows were measured.
    #[serde(default)]
    pub rows: usize,
    /// The metrics that are numbers, by name in the order of declaration.
    #[serde(with = "exact")]
    pub metrics: Vec<(Name, f64)>,
    /// The others, such as confusion matrices and curves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<NamedValue>,
    /// What the graph gave for the rows, where the phase declares `predictions;`. A state of a run holds it beside the
    /// results, as it is a table.
    #[serde(skip)]
    pub predictions: Option<PredictionTable>,
    /// What was compared, where the rows are others in each fold. A state of a run holds it beside the results.
    #[serde(skip)]
    pub(super) gathered: Option<Gathered>,
}

/// The value of a metric that is no number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedValue {
    /// The name of the metric.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its value.
    pub value: MetricValue,
}

impl EvalResult {
    /// The number that a metric has, or the loss under the name `loss`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return self.loss;
        }
        self.metrics.iter().find(|(metric, _)| *metric == name).map(|&(_, value)| value)
    }

    /// The value of a metric, or of the loss under the name `loss`, whatever kind it is of.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<MetricValue> {
        let other = || self.others.iter().find(|other| other.name == name).map(|other| other.value.clone());
        self.get(name).map(MetricValue::Number).or_else(other)
    }
}
