//! The description of an experiment: what the macro writes into a constant and the builder makes at run time.

use serde::{Deserialize, Serialize};

use super::augment::AugmentSpec;
use super::callback::WatchSpec;
use super::choice::ChoiceSpec;
use super::clip::ClipSpec;
use super::metric::MetricSpec;
use super::mix::MixSpec;
use super::operand::Operand;
use super::parameter::ParameterSpec;
use super::rate::CourseSpec;
use super::schedule::ScheduleSpec;
use super::search::SearchSpec;
use super::term::{TermSpec, labelled};
use super::{GraphSpec, SamplerSpec, ScalerSpec, SplitterSpec};
use crate::source_line::SourceLine;
use crate::text::{List, Name, interned};

/// An experiment on one graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentSpec {
    /// The name of the experiment.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The graph.
    pub graph: GraphSpec,
    /// The seed of everything random.
    pub seed: u64,
    /// How rows are assigned to splits.
    #[serde(default)]
    pub splits: List<SplitSpec>,
    /// How columns are scaled.
    #[serde(default)]
    pub scales: List<ScaleSpec>,
    /// How columns are varied in training.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub augments: List<AugmentSpec>,
    /// What rows weigh in losses and metrics.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub weights: List<WeightSpec>,
    /// The phases in the order in which they run.
    #[serde(default)]
    pub phases: List<PhaseSpec>,
    /// What follows a run of all phases; it watches nothing.
    #[serde(default)]
    pub callbacks: List<WatchSpec>,
    /// The parameters of the experiment itself, with the values that it was made with; those of the graph stand there.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub parameters: List<ParameterSpec>,
    /// What may be chosen (`vary`), in the order of the declaration.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub choices: List<ChoiceSpec>,
    /// How it is chosen (`choose`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choose: Option<ChooseSpec>,
    /// The seed that rows are divided by, where it is another than [`seed`](Self::seed): what is chosen among seeds is compared
    /// on the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_seed: Option<u64>,
}

/// The description of a declared experiment with values that are given as text, `width=128`.
///
/// # Errors
/// When there is no such parameter, or a text is no value of it.
pub type Describe = fn(&[String]) -> crate::Result<ExperimentSpec>;

/// The parameters that a description was made with, in JSON: those of the graph, then those of the experiment. None of what is
/// no description.
pub(crate) fn parameters_in(description: &[u8]) -> Vec<ParameterSpec> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Graph {
        parameters: Vec<ParameterSpec>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Experiment {
        graph: Graph,
        parameters: Vec<ParameterSpec>,
    }
    let Experiment { graph, parameters } = serde_json::from_slice(description).unwrap_or_default();
    graph.parameters.into_iter().chain(parameters).collect()
}

impl ExperimentSpec {
    /// All parameters with the values that the description was made with: those of the graph, then those of the experiment.
    pub fn all_parameters(&self) -> impl Iterator<Item = &ParameterSpec> {
        self.graph.parameters.iter().chain(&self.parameters)
    }
}

/// `choose GridSearch by unseen.rmse in KFold::of(3).group_by(pulse.cell);`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChooseSpec {
    /// What says which values are tried.
    pub search: SearchSpec,
    /// The value that decides, as it is written: `regress`, `val`, `rmse`, or `unseen`, `rmse`.
    #[serde(deserialize_with = "interned")]
    pub by: List<Name>,
    /// The inner folds in which each fold of the experiment chooses for itself; their splits have the names of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<SplitSpec>,
}

/// `split pulse = ..;`, or `split pulse.train = ..;` for the rows of an earlier split
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// The graph's input whose rows are split.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// The earlier split whose rows are split; all rows of the input when not given.
    #[serde(default, deserialize_with = "interned")]
    pub of: Option<Name>,
    /// The splitter.
    pub splitter: SplitterSpec,
    /// Whether single rows may be split although a tag groups them (`#[allow(ungrouped)]`).
    #[serde(default)]
    pub rows_are_independent: bool,
    /// Whether nothing in the experiment needs to use its splits: a person reads them.
    #[serde(default)]
    pub unused: bool,
    /// The fold whose rows to train on are split, in a trial of a choice that is made in each fold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<WithinFold>,
}

/// One fold, whose rows to train on are divided further.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithinFold {
    /// What makes the folds.
    pub folds: SplitterSpec,
    /// The fold, counted from 0.
    pub fold: u32,
}

/// `scale pulse.voltage = [..] fitted on train;`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleSpec {
    /// The input.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// The column.
    #[serde(deserialize_with = "interned")]
    pub column: Name,
    /// The scalers, each fitted to what the one before it gives.
    pub scalers: List<ScalerSpec>,
    /// The split whose rows the scalers learn from.
    #[serde(deserialize_with = "interned")]
    pub fitted_on: Name,
}

/// `weigh pulse by pulse.weight;`
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightSpec {
    /// The input whose rows are weighed.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// The column of it that says what each row weighs.
    #[serde(deserialize_with = "interned")]
    pub column: Name,
}

/// A phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSpec {
    /// The name of the phase.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The rows that it runs on.
    #[serde(default)]
    pub feeds: List<FeedSpec>,
    /// What it does.
    pub kind: PhaseKind,
    /// Where it is declared.
    #[serde(skip)]
    pub line: SourceLine,
}

/// `feed pulse = Batches::of(32)(train);`, or `feed pulse = test;` without a sampler.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSpec {
    /// The graph's input that is fed.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// What chooses the rows; without one all rows run in order.
    #[serde(default)]
    pub sampler: Option<SamplerSpec>,
    /// The split that rows are taken from.
    #[serde(deserialize_with = "interned")]
    pub split: Name,
    /// The sampler's stream; without one its first.
    #[serde(default, deserialize_with = "interned")]
    pub stream: Option<Name>,
}

/// What a phase does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "constants cannot hold a box, and an experiment has few phases")]
pub enum PhaseKind {
    /// Takes steps along the gradient of a loss.
    Train(TrainSpec),
    /// Fits nodes that learn from all rows at once.
    Fit(FitSpec),
    /// Measures.
    Eval(EvalSpec),
}

impl PhaseKind {
    /// What the phase does where it trains.
    #[must_use]
    pub const fn train(&self) -> Option<&TrainSpec> {
        if let Self::Train(train) = self { Some(train) } else { None }
    }
}

/// What a train phase does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The nodes that run and learn; all when not given.
    #[serde(default, deserialize_with = "interned")]
    pub nodes: Option<List<Name>>,
    /// The nodes that run and do not learn, beside those that the graph declares frozen.
    #[serde(default, deserialize_with = "interned")]
    pub freeze: List<Name>,
    /// Whether frozen nodes may be ones that no earlier phase trains (`#[allow(untrained)]`).
    #[serde(default)]
    pub frozen_as_initialised: bool,
    /// The weighted sum that is made small.
    #[serde(deserialize_with = "labelled")]
    pub loss: List<TermSpec>,
    /// The order in which the batches of several feeds are taken, where it is said; else that of
    /// [`Zip`](crate::experiment::Zip).
    #[serde(default)]
    pub schedule: Option<ScheduleSpec>,
    /// How many batches change parameters together.
    #[serde(default = "one_batch")]
    pub accumulate: usize,
    /// What mixes the rows of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<MixSpec>,
    /// What makes gradients smaller before a change.
    #[serde(default)]
    pub clip: Option<ClipSpec>,
    /// How learning rates change over the phase.
    #[serde(default)]
    pub rate: Option<CourseSpec>,
    /// How many times the sampler draws.
    pub epochs: usize,
    /// Whether steps whose loss is NaN or infinite are left out (`skip_non_finite`), where they are an error otherwise.
    #[serde(default)]
    pub skips_non_finite: bool,
    /// Whether the loss of each step is a result (`step_loss`).
    #[serde(default)]
    pub step_loss: bool,
    /// The evaluations during training, each of a name of its own.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub validations: List<ValidationSpec>,
    /// What follows the phase, in the order in which it is called: plateaus, early stopping and all else.
    #[serde(default)]
    pub callbacks: List<WatchSpec>,
}

/// Parameters change after each batch, where nothing is said.
const fn one_batch() -> usize {
    1
}

/// `validate on val every 1 epoch { .. }`, or with a name of its own `validate far on shifted every 5 epochs { .. }`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationSpec {
    /// The name by which its values are read and watched: `val` where none is written.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The number of epochs from one evaluation to the next.
    pub every: usize,
    /// The split of every fed input that is measured, where `feeds` gives it no other.
    #[serde(deserialize_with = "interned")]
    pub split: Name,
    /// The inputs whose rows are drawn by a sampler, or are those of another split.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub feeds: List<FeedSpec>,
    /// What is measured.
    pub eval: EvalSpec,
}

/// What an evaluation measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalSpec {
    /// The loss, when it is measured.
    #[serde(default, deserialize_with = "labelled")]
    pub loss: List<TermSpec>,
    /// The metrics.
    #[serde(default)]
    pub metrics: List<MeasureSpec>,
    /// Whether what the graph gives for the rows is kept as a table (`predictions`).
    #[serde(default)]
    pub predictions: bool,
    /// Whether rows may be measured that a train phase learns from (`#[allow(training_rows)]`).
    #[serde(default)]
    pub on_training_rows: bool,
}

/// `rmse = Rmse(soh, pulse.soh) in raw units;`, or the threshold that a metric is best at on a split.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureSpec {
    /// The name of the result.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The metric.
    pub metric: MetricSpec,
    /// Its inputs in order.
    pub inputs: List<Operand>,
    /// The units, where they are said.
    #[serde(default)]
    pub units: Option<Units>,
    /// The split on whose rows a threshold is chosen by the metric (`threshold cut = F1(loud, clip.loud) on val;`); none of a
    /// metric that is measured.
    #[serde(default, deserialize_with = "interned", skip_serializing_if = "Option::is_none")]
    pub chosen_on: Option<Name>,
    /// Where it is declared.
    #[serde(skip)]
    pub line: SourceLine,
}

/// The units in which outputs and targets are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Units {
    /// As the data holds them.
    Raw,
    /// As the scalers leave them.
    Scaled,
}

/// What a fit phase does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSpec {
    /// The nodes that are fitted, each to the target that it predicts.
    #[serde(deserialize_with = "interned")]
    pub nodes: List<Name>,
}
