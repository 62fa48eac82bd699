//! The configuration in a file: the description of an experiment, components as name and settings.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::values::{Real, to_json};
use crate::data::{ColumnSpec, SchemaSpec};
use crate::experiment::{
    EvalSpec, ExperimentSpec, FeedSpec, MeasureSpec, Operand, Per, PhaseKind, PhaseSpec, ScaleSpec, SplitSpec,
    TermSpec, TrainSpec, Units,
};
use crate::graph::{GraphSpec, NodeSpec, Precision, Source};
use crate::spec::Settings;
use crate::text::Name;

/// A component: its registered name and its settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) component: String,
    pub(super) settings: Map<String, Json>,
}

/// An experiment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) graph: Graph,
    pub(super) splits: Vec<Split>,
    pub(super) scales: Vec<Scale>,
    pub(super) phases: Vec<Phase>,
}

/// A graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    pub(super) name: String,
    pub(super) inputs: Vec<Input>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aligned: Vec<Align>,
    pub(super) nodes: Vec<Node>,
    pub(super) optimizer: Option<Component>,
    /// F32 in files from before there was a choice.
    #[serde(default = "usual_precision")]
    pub(super) precision: String,
}

fn usual_precision() -> String {
    Precision::default().name().to_owned()
}

/// An input of a graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) schema: String,
    pub(super) columns: Vec<Column>,
}

/// An input whose rows come along with those of another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Align {
    pub(super) leader: String,
    pub(super) follower: String,
    pub(super) key: String,
}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) stored_as: String,
    pub(super) domain: String,
    pub(super) dtype: String,
    pub(super) shape: Vec<usize>,
    pub(super) classes: Vec<String>,
    pub(super) allows_missing: bool,
    pub(super) groups: bool,
    /// For sequences: what happens to longer ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<String>,
}

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) layer: Component,
    pub(super) inputs: Vec<Read>,
    pub(super) target: Option<Target>,
    pub(super) output: bool,
    pub(super) frozen: bool,
    pub(super) optimizer: Option<OwnOptimizer>,
}

/// What a node reads: a node, or a column as `input.column`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    pub(super) from: Vec<String>,
    pub(super) as_number: bool,
}

/// What a node predicts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    pub(super) input: String,
    pub(super) column: String,
    pub(super) reconstructs: bool,
}

/// The optimizer of a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnOptimizer {
    pub(super) optimizer: Component,
    pub(super) overrides: bool,
}

/// A split statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    pub(super) input: String,
    pub(super) of: Option<String>,
    pub(super) splitter: Component,
    pub(super) rows_are_independent: bool,
}

/// A scale statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scale {
    pub(super) input: String,
    pub(super) column: String,
    pub(super) scalers: Vec<Component>,
    pub(super) fitted_on: String,
}

/// A phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phase {
    pub(super) name: String,
    pub(super) feeds: Vec<Feed>,
    pub(super) kind: Kind,
}

/// A feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    pub(super) input: String,
    pub(super) sampler: Option<Component>,
    pub(super) split: String,
    pub(super) stream: Option<String>,
}

/// What a phase does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Train(Box<Train>),
    Fit(Vec<String>),
    Eval(Eval),
}

/// A train phase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Train {
    pub(super) nodes: Option<Vec<String>>,
    pub(super) freeze: Vec<String>,
    pub(super) frozen_as_initialised: bool,
    pub(super) loss: Vec<Term>,
    pub(super) schedule: Option<Component>,
    pub(super) accumulate: usize,
    pub(super) clip: Option<Component>,
    pub(super) rate: Option<Course>,
    pub(super) epochs: usize,
    #[serde(default)]
    pub(super) skips_non_finite: bool,
    pub(super) val: Option<Val>,
    pub(super) reduce: Option<Watcher>,
    pub(super) stop: Option<Watcher>,
}

/// How learning rates change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Course {
    pub(super) rates: Vec<Component>,
    pub(super) per: PerName,
}

/// What the time of a rate is counted in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PerName {
    Step,
    Epoch,
}

/// A weighted loss.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Term {
    pub(super) weight: Real,
    pub(super) loss: Component,
    pub(super) inputs: Vec<String>,
}

/// The evaluation during training.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Val {
    pub(super) every: usize,
    pub(super) split: String,
    pub(super) eval: Eval,
}

/// What an evaluation measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Eval {
    pub(super) loss: Vec<Term>,
    pub(super) metrics: Vec<Measure>,
    pub(super) on_training_rows: bool,
}

/// A metric.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) metric: Component,
    pub(super) inputs: Vec<String>,
    pub(super) units: Option<UnitsName>,
}

/// The units of a metric.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnitsName {
    Raw,
    Scaled,
}

/// What acts on a measured value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watcher {
    pub(super) settings: Map<String, Json>,
    pub(super) watches: String,
}

pub(super) fn component(name: Name, settings: &Settings) -> Component {
    Component { component: name.to_owned(), settings: to_json(settings) }
}

fn texts(names: &[Name]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn all<'a, T, U>(items: &'a [T], convert: impl Fn(&'a T) -> U) -> Vec<U> {
    items.iter().map(convert).collect()
}

fn operands(operands: &[Operand]) -> Vec<String> {
    all(operands, ToString::to_string)
}

impl From<&ExperimentSpec> for Config {
    fn from(spec: &ExperimentSpec) -> Self {
        Self {
            name: spec.name.to_owned(),
            seed: spec.seed,
            graph: Graph::from(&spec.graph),
            splits: all(spec.splits.items(), Split::from),
            scales: all(spec.scales.items(), Scale::from),
            phases: all(spec.phases.items(), Phase::from),
        }
    }
}

impl From<&GraphSpec> for Graph {
    fn from(spec: &GraphSpec) -> Self {
        let input = |name: Name, schema: &SchemaSpec| Input {
            name: name.to_owned(),
            schema: schema.name.to_owned(),
            columns: all(schema.columns, Column::from),
        };
        Self {
            name: spec.name.to_owned(),
            inputs: all(spec.inputs.items(), |it| input(it.name, &it.schema)),
            aligned: all(spec.aligned.items(), |it| Align {
                leader: it.leader.to_owned(),
                follower: it.follower.to_owned(),
                key: it.key.to_owned(),
            }),
            nodes: all(spec.nodes.items(), Node::from),
            optimizer: spec.optimizer.map(|it| component(it.name, &it.settings)),
            precision: spec.precision.name().to_owned(),
        }
    }
}

impl From<&ColumnSpec> for Column {
    fn from(spec: &ColumnSpec) -> Self {
        Self {
            name: spec.key.to_owned(),
            stored_as: spec.stored_as.to_owned(),
            domain: spec.domain.prefix().to_owned(),
            dtype: spec.dtype.name().to_owned(),
            shape: spec.shape.axes().to_vec(),
            classes: texts(spec.classes),
            allows_missing: spec.allows_missing,
            groups: spec.groups,
            sequence: spec.sequence.map(|longer| longer.name().to_owned()),
        }
    }
}

impl From<&NodeSpec> for Node {
    fn from(spec: &NodeSpec) -> Self {
        let read = |source: &Source| match source {
            Source::Name(name) => Read { from: texts(&[name]), as_number: false },
            Source::Column { input, column, as_number } => {
                Read { from: texts(&[input, column]), as_number: *as_number }
            }
        };
        Self {
            name: spec.name.to_owned(),
            layer: component(spec.layer.name, &spec.layer.settings),
            inputs: all(spec.inputs.items(), read),
            target: spec.target.map(|target| Target {
                input: target.input.to_owned(),
                column: target.column.to_owned(),
                reconstructs: target.reconstructs,
            }),
            output: spec.output,
            frozen: spec.frozen,
            optimizer: spec.optimizer.map(|own| OwnOptimizer {
                optimizer: component(own.optimizer.name, &own.optimizer.settings),
                overrides: own.overrides,
            }),
        }
    }
}

impl From<&SplitSpec> for Split {
    fn from(spec: &SplitSpec) -> Self {
        Self {
            input: spec.input.to_owned(),
            of: spec.of.map(str::to_owned),
            splitter: component(spec.splitter.name, &spec.splitter.settings),
            rows_are_independent: spec.rows_are_independent,
        }
    }
}

impl From<&ScaleSpec> for Scale {
    fn from(spec: &ScaleSpec) -> Self {
        Self {
            input: spec.input.to_owned(),
            column: spec.column.to_owned(),
            scalers: all(spec.scalers.items(), |it| component(it.name, &it.settings)),
            fitted_on: spec.fitted_on.to_owned(),
        }
    }
}

impl From<&PhaseSpec> for Phase {
    fn from(spec: &PhaseSpec) -> Self {
        Self {
            name: spec.name.to_owned(),
            feeds: all(spec.feeds.items(), Feed::from),
            kind: match &spec.kind {
                PhaseKind::Train(train) => Kind::Train(Box::new(Train::from(train))),
                PhaseKind::Fit(fit) => Kind::Fit(texts(fit.nodes.items())),
                PhaseKind::Eval(eval) => Kind::Eval(Eval::from(eval)),
            },
        }
    }
}

impl From<&FeedSpec> for Feed {
    fn from(spec: &FeedSpec) -> Self {
        Self {
            input: spec.input.to_owned(),
            sampler: spec.sampler.map(|it| component(it.name, &it.settings)),
            split: spec.split.to_owned(),
            stream: spec.stream.map(str::to_owned),
        }
    }
}

impl From<&TrainSpec> for Train {
    fn from(spec: &TrainSpec) -> Self {
        Self {
            nodes: spec.nodes.as_ref().map(|nodes| texts(nodes.items())),
            freeze: texts(spec.freeze.items()),
            frozen_as_initialised: spec.frozen_as_initialised,
            loss: all(spec.loss.items(), Term::from),
            schedule: spec.schedule.map(|it| component(it.name, &it.settings())),
            accumulate: spec.accumulate,
            clip: spec.clip.map(|it| component(it.name, &it.settings)),
            rate: spec.rate.as_ref().map(|course| Course {
                rates: all(course.rates.items(), |it| component(it.name, &it.settings)),
                per: match course.per {
                    Per::Step => PerName::Step,
                    Per::Epoch => PerName::Epoch,
                },
            }),
            epochs: spec.epochs,
            skips_non_finite: spec.skips_non_finite,
            val: spec.val.as_ref().map(|val| Val {
                every: val.every,
                split: val.split.to_owned(),
                eval: Eval::from(&val.eval),
            }),
            reduce: spec.reduce.as_ref().map(|reduce| Watcher {
                settings: to_json(&reduce.reducing.settings()),
                watches: reduce.watches.to_owned(),
            }),
            stop: spec
                .stop
                .as_ref()
                .map(|stop| Watcher { settings: to_json(&stop.stopping.settings()), watches: stop.watches.to_owned() }),
        }
    }
}

impl From<&TermSpec> for Term {
    fn from(spec: &TermSpec) -> Self {
        Self {
            weight: Real(spec.weight),
            loss: component(spec.loss.name, &spec.loss.settings),
            inputs: operands(spec.inputs.items()),
        }
    }
}

impl From<&EvalSpec> for Eval {
    fn from(spec: &EvalSpec) -> Self {
        Self {
            loss: all(spec.loss.items(), Term::from),
            metrics: all(spec.metrics.items(), Measure::from),
            on_training_rows: spec.on_training_rows,
        }
    }
}

impl From<&MeasureSpec> for Measure {
    fn from(spec: &MeasureSpec) -> Self {
        Self {
            name: spec.name.to_owned(),
            metric: component(spec.metric.name, &spec.metric.settings),
            inputs: operands(spec.inputs.items()),
            units: spec.units.map(|units| match units {
                Units::Raw => UnitsName::Raw,
                Units::Scaled => UnitsName::Scaled,
            }),
        }
    }
}
