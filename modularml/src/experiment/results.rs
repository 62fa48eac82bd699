//! What a run reports.

use serde::{Deserialize, Serialize};

use super::exact;
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

    /// The value that an eval phase measured under a name; `loss` is the name of the loss.
    ///
    /// # Errors
    /// When the phase is of another kind, or measured nothing of that name.
    pub fn measured(&self, name: &str) -> Result<f64> {
        match self {
            Self::Eval(result) => result.get(name).ok_or_else(|| not_measured(self.name(), name)),
            _ => Err(Error::Data(format!("`{}` is not an eval phase", self.name()))),
        }
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

fn not_measured(phase: &str, name: &str) -> Error {
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
    /// The metrics by name, in the order of declaration.
    #[serde(with = "exact")]
    pub metrics: Vec<(Name, f64)>,
}

impl EvalResult {
    /// The value of a metric, or of the loss under the name `loss`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return self.loss;
        }
        self.metrics.iter().find(|(metric, _)| *metric == name).map(|&(_, value)| value)
    }
}
