//! The description of an experiment: what the macro writes into a constant and the builder makes at run time.

use super::clip::ClipSpec;
use super::loss::LossSpec;
use super::metric::MetricSpec;
use super::rate::CourseSpec;
use super::schedule::ScheduleSpec;
use super::watch::{EarlyStopping, ReduceOnPlateau};
use super::{GraphSpec, SamplerSpec, ScalerSpec, SplitterSpec};
use crate::text::{List, Name, intern};

/// An experiment on one graph.
#[derive(Clone, Debug)]
pub struct ExperimentSpec {
    /// The name of the experiment.
    pub name: Name,
    /// The graph.
    pub graph: GraphSpec,
    /// The seed of everything random.
    pub seed: u64,
    /// How rows are assigned to splits.
    pub splits: List<SplitSpec>,
    /// How columns are scaled.
    pub scales: List<ScaleSpec>,
    /// The phases in the order in which they run.
    pub phases: List<PhaseSpec>,
}

/// `split pulse = ..;`, or `split pulse.train = ..;` for the rows of an earlier split
#[derive(Clone, Debug)]
pub struct SplitSpec {
    /// The graph's input whose rows are split.
    pub input: Name,
    /// The earlier split whose rows are split; all rows of the input when not given.
    pub of: Option<Name>,
    /// The splitter.
    pub splitter: SplitterSpec,
    /// Whether single rows may be split although a tag groups them (`#[allow(ungrouped)]`).
    pub rows_are_independent: bool,
}

/// `scale pulse.voltage = [..] fitted on train;`
#[derive(Clone, Debug)]
pub struct ScaleSpec {
    /// The input.
    pub input: Name,
    /// The column.
    pub column: Name,
    /// The scalers, each fitted to what the one before it gives.
    pub scalers: List<ScalerSpec>,
    /// The split whose rows the scalers learn from.
    pub fitted_on: Name,
}

/// A phase.
#[derive(Clone, Debug)]
pub struct PhaseSpec {
    /// The name of the phase.
    pub name: Name,
    /// The rows that it runs on.
    pub feeds: List<FeedSpec>,
    /// What it does.
    pub kind: PhaseKind,
}

/// `feed pulse = Batches::of(32)(train);`, or `feed pulse = test;` without a sampler.
#[derive(Clone, Debug)]
pub struct FeedSpec {
    /// The graph's input that is fed.
    pub input: Name,
    /// What chooses the rows; without one all rows run in order.
    pub sampler: Option<SamplerSpec>,
    /// The split that rows are taken from.
    pub split: Name,
    /// The sampler's stream; without one its first.
    pub stream: Option<Name>,
}

/// What a phase does.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
pub struct TrainSpec {
    /// The nodes that run and learn; all when not given.
    pub nodes: Option<List<Name>>,
    /// The nodes that run and do not learn, beside those that the graph declares frozen.
    pub freeze: List<Name>,
    /// Whether frozen nodes may be ones that no earlier phase trains (`#[allow(untrained)]`).
    pub frozen_as_initialised: bool,
    /// The weighted sum that is made small.
    pub loss: List<TermSpec>,
    /// The order in which the batches of several feeds are taken, where it is said; else that of
    /// [`Zip`](crate::experiment::Zip).
    pub schedule: Option<ScheduleSpec>,
    /// How many batches change parameters together.
    pub accumulate: usize,
    /// What makes gradients smaller before a change.
    pub clip: Option<ClipSpec>,
    /// How learning rates change over the phase.
    pub rate: Option<CourseSpec>,
    /// How many times the sampler draws.
    pub epochs: usize,
    /// Whether steps whose loss is NaN or infinite are left out (`skip_non_finite`), where they are an error otherwise.
    pub skips_non_finite: bool,
    /// The evaluation during training.
    pub val: Option<ValSpec>,
    /// What lowers learning rates by a measured value.
    pub reduce: Option<ReduceSpec>,
    /// Early stopping.
    pub stop: Option<StopSpec>,
}

/// `weight * Loss(inputs)`
#[derive(Clone, Debug)]
pub struct TermSpec {
    /// The weight.
    pub weight: f64,
    /// The loss.
    pub loss: LossSpec,
    /// Its inputs in order.
    pub inputs: List<Operand>,
}

/// An input of a loss or metric as it is written: `soh`, `encoder.anchor`, `pulse.soh` or
/// `pulse.soh.anchor`.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The names between the dots.
    pub path: List<Name>,
    /// The input of the loss that another role is meant to stand in (`encoder.negative as positive`).
    pub stands_as: Option<Name>,
}

impl From<&str> for Operand {
    /// Reads an operand as it is written, for example `encoder.negative as positive`.
    fn from(text: &str) -> Self {
        let (path, stands_as) = match text.split_once(" as ") {
            Some((path, slot)) => (path, Some(intern(slot.trim()))),
            None => (text, None),
        };
        Self { path: path.trim().split('.').map(intern).collect::<Vec<_>>().into(), stands_as }
    }
}

impl std::fmt::Display for Operand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path.items().join("."))?;
        self.stands_as.map_or(Ok(()), |slot| write!(f, " as {slot}"))
    }
}

/// `validate on val every 1 epoch { .. }`
#[derive(Clone, Debug)]
pub struct ValSpec {
    /// The number of epochs from one evaluation to the next.
    pub every: usize,
    /// The split of every fed input that is measured.
    pub split: Name,
    /// What is measured.
    pub eval: EvalSpec,
}

/// What an evaluation measures.
#[derive(Clone, Debug)]
pub struct EvalSpec {
    /// The loss, when it is measured.
    pub loss: List<TermSpec>,
    /// The metrics.
    pub metrics: List<MeasureSpec>,
    /// Whether rows may be measured that a train phase learns from (`#[allow(training_rows)]`).
    pub on_training_rows: bool,
}

/// `rmse = Rmse(soh, pulse.soh) in raw units;`
#[derive(Clone, Debug)]
pub struct MeasureSpec {
    /// The name of the result.
    pub name: Name,
    /// The metric.
    pub metric: MetricSpec,
    /// Its inputs in order.
    pub inputs: List<Operand>,
    /// The units, where they are said.
    pub units: Option<Units>,
}

/// The units in which outputs and targets are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// As the data holds them.
    Raw,
    /// As the scalers leave them.
    Scaled,
}

/// What a fit phase does.
#[derive(Clone, Debug)]
pub struct FitSpec {
    /// The nodes that are fitted, each to the target that it predicts.
    pub nodes: List<Name>,
}

/// `stop = EarlyStopping::patience(10).restore_best()(val.loss);`
#[derive(Clone, Debug)]
pub struct StopSpec {
    /// Its settings.
    pub stopping: EarlyStopping,
    /// The measured value that it watches: `loss` or a metric of the phase's `val`.
    pub watches: Name,
}

/// `reduce = ReduceOnPlateau::patience(3).factor(0.5)(val.loss);`
#[derive(Clone, Debug)]
pub struct ReduceSpec {
    /// Its settings.
    pub reducing: ReduceOnPlateau,
    /// The measured value that it watches: `loss` or a metric of the phase's `val`.
    pub watches: Name,
}
