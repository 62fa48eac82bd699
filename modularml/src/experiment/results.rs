//! What a run reports.

use serde::{Deserialize, Serialize};

use super::exact;
use super::gathered::Gathered;
use super::metric::{MetricValue, Reported};
use super::table::PredictionTable;
use super::unknown::missing;
use crate::plan::watched::Watched;
use crate::spec::term::{label_in, name_of};
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
    /// The terms of the loss, where it has several or one with a label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermResult>,
    /// The evaluations during training, in the order in which they were made, whatever names they have.
    pub validations: Vec<ValidationResult>,
    /// The epoch, counted from 0, at which the watched value was best; only with early stopping.
    pub best_epoch: Option<usize>,
    /// How many epochs ran.
    pub epochs: usize,
}

impl TrainResult {
    /// What the evaluation of a name, `val` where none is written, measured each time, in order; nothing where there is no
    /// such evaluation.
    #[must_use]
    pub fn validated(&self, evaluation: &str) -> impl DoubleEndedIterator<Item = &ValidationResult> {
        self.validations.iter().filter(move |validation| validation.measured.name == evaluation)
    }

    /// The values that an evaluation during training measured under a name, in order.
    ///
    /// # Errors
    /// When it measured nothing of that name.
    pub fn history(&self, evaluation: &str, name: &str) -> Result<Vec<f64>> {
        let value = |validation: &ValidationResult| {
            validation.measured.get(name).ok_or_else(|| not_measured(self.name, &format!("{evaluation}.{name}")))
        };
        self.validated(evaluation).map(value).collect()
    }

    /// The term of the loss with a label.
    ///
    /// # Errors
    /// When no term has it.
    pub fn term(&self, label: &str) -> Result<&TermResult> {
        let known: Vec<Name> = self.terms.iter().map(|term| term.label).collect();
        let term = self.terms.iter().find(|term| term.label == label);
        term.ok_or_else(|| missing("term", label, &known, &format!("the loss of `{}`", self.name)))
    }
}

/// What a term of a loss came to in a train phase. The values are those before its weight, so that they are in the unit of the
/// metric of that name; the loss is the sum of weight times value over the terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TermResult {
    /// Its label.
    #[serde(deserialize_with = "interned")]
    pub label: Name,
    /// What it is multiplied by in the loss.
    #[serde(with = "exact")]
    pub weight: f64,
    /// The value of each epoch: the mean over the rows of the steps that took it; NaN where none did.
    #[serde(with = "exact")]
    pub values: Vec<f64>,
    /// The value of each step of all epochs, where the phase declares `step_loss;`: NaN in the turn of feeds that it does not
    /// read.
    #[serde(with = "exact", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<f64>,
}

/// One evaluation during training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationResult {
    /// The epoch after which it was made, counted from 0.
    pub epoch: usize,
    /// What was measured, under the name of the evaluation.
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
    /// The name of the eval phase, or of the evaluation of a train phase: `val`, or the one behind `validate`.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The loss, when it was measured.
    #[serde(with = "exact")]
    pub loss: Option<f64>,
    /// The terms of the loss by label, each before its weight, where the loss has several or one with a label.
    #[serde(with = "exact", default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<(Name, f64)>,
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
    /// The number that a metric has; the loss is called `loss`, and the terms of it `terms.` with their label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        if name == "loss" {
            return self.loss;
        }
        if let Some(label) = label_in(name) {
            return self.terms.iter().find(|(known, _)| *known == label).map(|&(_, value)| value);
        }
        self.metrics.iter().find(|(metric, _)| *metric == name).map(|&(_, value)| value)
    }

    /// A value that a callback watches, NaN where nothing was measured under its name; none where this is another evaluation
    /// than the one that is watched.
    #[must_use]
    pub fn watched(&self, watched: Watched) -> Option<f64> {
        (self.name == watched.evaluation).then(|| self.get(watched.name).unwrap_or(f64::NAN))
    }

    /// All numbers by name: the loss, the terms of it, the metrics.
    pub fn numbers(&self) -> impl Iterator<Item = (Name, f64)> {
        let loss = self.loss.map(|loss| ("loss", loss));
        let terms = self.terms.iter().map(|&(label, value)| (name_of(label), value));
        loss.into_iter().chain(terms).chain(self.metrics.iter().copied())
    }

    /// The value of a metric, of the loss or of a term of it, whatever kind it is of.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<MetricValue> {
        let other = || self.others.iter().find(|other| other.name == name).map(|other| other.value.clone());
        self.get(name).map(MetricValue::Number).or_else(other)
    }
}
