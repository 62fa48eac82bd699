//! A description with its names resolved, worked out once: what every session of it runs.

use std::sync::Arc;

use super::compared::{Compared, Scope};
use super::deciding::{decided, one_score, takes_decisions};
use super::ending::Kind;
use super::lineage::folds_of;
use super::lookup::{input_named, node_named, row_source, row_source_name};
use super::reach::{learning, predicting};
use super::site::feed_of;
use super::watched::Watched;
use super::wiring::Wiring;
use crate::source_line::SourceLine;
use crate::spec::term::with_labels;
use crate::spec::{
    CallbackSpec, Dtype, EvalSpec, ExperimentSpec, FeedSpec, FitSpec, GraphSpec, LossSpec, MeasureSpec, MetricSpec,
    NodeSpec, PhaseKind, PhaseSpec, SamplerSpec, ScheduleSpec, Takes, TermSpec, TrainSpec, Units, Value,
};
use crate::text::{BitSet, Name};
use crate::{Error, Result};

/// A resolved experiment.
pub(crate) struct Plan {
    /// The description that it follows from.
    pub(crate) spec: ExperimentSpec,
    /// That of its graph.
    pub(crate) wiring: Arc<Wiring>,
    /// All splits: those of the first input, then those of the second, in the order in which they are made.
    pub(crate) splits: Vec<SplitPlan>,
    pub(crate) scales: Vec<ScalePlan>,
    pub(crate) weights: Vec<WeightPlan>,
    pub(crate) augments: Vec<AugmentPlan>,
    /// By node, the position among the scales of the column that it predicts.
    pub(crate) predicts: Vec<Option<usize>>,
    pub(crate) phases: Vec<PhasePlan>,
}

/// A split of an input.
pub(crate) struct SplitPlan {
    pub(crate) input: usize,
    pub(crate) name: Name,
}

/// The rows of a split, for an input that has it or that is joined to one that does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowsPlan {
    pub(crate) input: usize,
    /// The position among the splits of the plan.
    pub(crate) split: usize,
}

/// A column that is scaled.
pub(crate) struct ScalePlan {
    pub(crate) input: usize,
    pub(crate) column: Name,
    pub(crate) fitted_on: RowsPlan,
}

/// A column that says what the rows of an input weigh.
pub(crate) struct WeightPlan {
    pub(crate) input: usize,
    pub(crate) column: Name,
}

/// A column that is varied in training.
pub(crate) struct AugmentPlan {
    pub(crate) input: usize,
    pub(crate) column: Name,
    /// The shape of a value, without the batch.
    pub(crate) shape: Vec<usize>,
}

/// A resolved phase.
pub(crate) struct PhasePlan {
    pub(crate) feeds: Vec<FeedPlan>,
    pub(crate) kind: KindPlan,
}

/// The rows that one input is fed.
#[derive(Clone)]
pub(crate) struct FeedPlan {
    /// The name of the input.
    pub(crate) name: Name,
    pub(crate) rows: RowsPlan,
    /// The name of the split.
    pub(crate) split: Name,
    pub(crate) sampler: Option<SamplerSpec>,
    /// The position among the streams of the sampler.
    pub(crate) stream: usize,
}

/// What a resolved phase does.
pub(crate) enum KindPlan {
    Train(Box<TrainPlan>),
    /// The nodes to fit, each after those that it reads.
    Fit(Vec<usize>),
    Eval(EvalPlan),
}

impl KindPlan {
    /// What the phase does where it trains.
    pub(crate) fn train(&self) -> Option<&TrainPlan> {
        if let Self::Train(train) = self { Some(train) } else { None }
    }
}

/// A resolved train phase.
pub(crate) struct TrainPlan {
    pub(crate) terms: Vec<TermPlan>,
    /// The nodes whose outputs are wanted.
    pub(crate) wanted: Vec<usize>,
    /// By node, whether it learns.
    pub(crate) learns: Vec<bool>,
    pub(crate) schedule: Option<ScheduleSpec>,
    /// The evaluations, in the order of the declaration.
    pub(crate) validations: Vec<ValidationPlan>,
    /// The callbacks in the order in which they are called, with what each watches.
    pub(crate) callbacks: Vec<(CallbackSpec, Vec<Watched>)>,
}

/// An evaluation of a train phase.
pub(crate) struct ValidationPlan {
    pub(crate) name: Name,
    pub(crate) every: usize,
    pub(crate) eval: EvalPlan,
}

/// A resolved evaluation.
pub(crate) struct EvalPlan {
    pub(crate) terms: Vec<TermPlan>,
    /// The thresholds that it chooses, before it measures.
    pub(crate) thresholds: Vec<ThresholdPlan>,
    pub(crate) measures: Vec<MeasurePlan>,
    /// The nodes whose outputs are wanted.
    pub(crate) wanted: Vec<usize>,
    /// Those of them that are kept as a table; none where it is not asked for.
    pub(crate) kept: Vec<usize>,
    /// Whether it is that of an eval phase whose rows are others in each fold.
    pub(crate) of_fold: bool,
    /// The feeds, those together whose rows a loss or metric takes side by side.
    pub(crate) together: Vec<Vec<FeedPlan>>,
}

/// A resolved threshold that is chosen.
pub(crate) struct ThresholdPlan {
    /// The metric that chooses it, which takes decisions, 0 and 1, for scores.
    pub(crate) measure: MeasurePlan,
    /// The node that it is of.
    pub(crate) node: usize,
    /// Which kind of numbers the node gives.
    pub(crate) kind: Kind,
    /// The rows that it is chosen on.
    pub(crate) feeds: Vec<FeedPlan>,
}

/// A resolved term of a loss.
#[derive(Clone)]
pub(crate) struct TermPlan {
    /// What its value is called; none of a loss that is told as a whole.
    pub(crate) label: Option<Name>,
    pub(crate) weight: f64,
    pub(crate) loss: LossSpec,
    pub(crate) inputs: Vec<Compared>,
    /// Whether its value belongs to parameters and not to rows.
    pub(crate) is_of_parameters: bool,
    /// The inputs whose rows it is about.
    pub(crate) rows: BitSet,
}

/// A resolved metric.
pub(crate) struct MeasurePlan {
    /// The name of the result.
    pub(crate) name: Name,
    pub(crate) line: SourceLine,
    pub(crate) metric: MetricSpec,
    pub(crate) inputs: Vec<Compared>,
    /// The scaled column, by its position among the scales, in whose raw units it is measured.
    pub(crate) raw: Option<usize>,
    /// The inputs whose rows must be fed.
    pub(crate) rows: BitSet,
    /// The names of the target's classes; none of another target.
    pub(crate) classes: &'static [Name],
    /// The threshold of the evaluation, by its position, that makes decisions, 0 and 1, of the score before it is measured.
    pub(crate) decided_by: Option<usize>,
}

impl Plan {
    /// Resolves a description that the rules have passed, whose graph has this wiring.
    ///
    /// # Errors
    /// When a name is unknown, which the rules refuse before.
    pub(crate) fn of(spec: ExperimentSpec, wiring: Arc<Wiring>) -> Result<Self> {
        let splits = splits(&spec);
        let resolver = Resolver { spec: &spec, wiring: &wiring, splits: &splits };
        let scales = resolver.scales()?;
        let (weights, augments) = (resolver.weights()?, resolver.augments()?);
        let predicts = spec.graph.nodes.iter();
        let predicts = predicts.map(|node| scale_of(&scales, predicted(&spec.graph, node)?)).collect();
        let phases = spec.phases.iter().enumerate();
        let phases = phases.map(|(position, phase)| resolver.phase(position, phase, &scales)).collect::<Result<_>>()?;
        Ok(Self { spec, wiring, splits, scales, weights, augments, predicts, phases })
    }

    /// The feeds of a phase by position.
    pub(crate) fn feeds(&self, phase: usize) -> &[FeedPlan] {
        self.phases.get(phase).map_or(&[], |phase| &phase.feeds)
    }
}

fn splits(spec: &ExperimentSpec) -> Vec<SplitPlan> {
    let mut splits = Vec::new();
    for (input, of_graph) in spec.graph.inputs.iter().enumerate() {
        for statement in spec.splits.iter().filter(|statement| statement.input == of_graph.name) {
            splits.extend(statement.splitter.names().iter().map(|&name| SplitPlan { input, name }));
        }
    }
    splits
}

fn unknown(what: &'static str, name: &str) -> Error {
    Error::Unknown { what, name: name.to_owned(), problem: format!("there is no {what} `{name}`") }
}

struct Resolver<'a> {
    spec: &'a ExperimentSpec,
    wiring: &'a Wiring,
    splits: &'a [SplitPlan],
}

impl Resolver<'_> {
    fn rows(&self, input: &str, split: &str) -> Result<RowsPlan> {
        let input = input_named(&self.spec.graph, input).ok_or_else(|| unknown("input", input))?;
        let source = row_source(&self.spec.graph, input);
        let of_source = |known: &SplitPlan| known.input == source && known.name == split;
        let split = self.splits.iter().position(of_source).ok_or_else(|| unknown("split", split))?;
        Ok(RowsPlan { input, split })
    }

    fn scales(&self) -> Result<Vec<ScalePlan>> {
        let scales = self.spec.scales.iter().map(|scale| {
            let fitted_on = self.rows(scale.input, scale.fitted_on)?;
            Ok(ScalePlan { input: fitted_on.input, column: scale.column, fitted_on })
        });
        scales.collect()
    }

    fn weights(&self) -> Result<Vec<WeightPlan>> {
        let weights = self.spec.weights.iter().map(|weight| {
            let input = input_named(&self.spec.graph, weight.input).ok_or_else(|| unknown("input", weight.input))?;
            Ok(WeightPlan { input, column: weight.column })
        });
        weights.collect()
    }

    fn augments(&self) -> Result<Vec<AugmentPlan>> {
        let augments = self.spec.augments.iter().map(|augment| {
            let graph = &self.spec.graph;
            let input = input_named(graph, augment.input).ok_or_else(|| unknown("input", augment.input))?;
            let column = graph.inputs.items().get(input).and_then(|input| input.schema.column(augment.column));
            let shape = column.ok_or_else(|| unknown("column", augment.column))?.shape;
            let shape = (0..shape.rank()).map(|axis| shape.axis(axis)).collect();
            Ok(AugmentPlan { input, column: augment.column, shape })
        });
        augments.collect()
    }

    fn phase(&self, position: usize, phase: &PhaseSpec, scales: &[ScalePlan]) -> Result<PhasePlan> {
        let feeds: Vec<FeedPlan> = phase.feeds.iter().map(|feed| self.feed(feed)).collect::<Result<_>>()?;
        let kind = match &phase.kind {
            PhaseKind::Train(train) => KindPlan::Train(Box::new(self.train(phase, train, &feeds, scales)?)),
            PhaseKind::Fit(fit) => KindPlan::Fit(self.fit(fit)?),
            PhaseKind::Eval(eval) => {
                let kept = if eval.predictions { predicting(self.spec, self.wiring, position) } else { BitSet::EMPTY };
                KindPlan::Eval(self.eval((phase, 0), eval, (scales, &feeds), kept)?)
            }
        };
        Ok(PhasePlan { feeds, kind })
    }

    fn feed(&self, feed: &FeedSpec) -> Result<FeedPlan> {
        let rows = self.rows(feed.input, feed.split)?;
        let position = |name: Name| {
            let streams = feed.sampler.as_ref().map_or(&[] as &[Name], |sampler| sampler.streams);
            streams.iter().position(|known| *known == name).ok_or_else(|| unknown("stream", name))
        };
        let stream = feed.stream.map_or(Ok(0), position)?;
        Ok(FeedPlan { name: feed.input, rows, split: feed.split, sampler: feed.sampler, stream })
    }

    fn nodes<'n>(&self, names: impl Iterator<Item = &'n Name>) -> Result<Vec<usize>> {
        names.map(|name| node_named(&self.spec.graph, name).ok_or_else(|| unknown("node", name))).collect()
    }

    fn fit(&self, fit: &FitSpec) -> Result<Vec<usize>> {
        let listed = self.nodes(fit.nodes.iter())?;
        Ok(self.wiring.order().iter().copied().filter(|node| listed.contains(node)).collect())
    }

    fn train(
        &self,
        phase: &PhaseSpec,
        train: &TrainSpec,
        feeds: &[FeedPlan],
        scales: &[ScalePlan],
    ) -> Result<TrainPlan> {
        let terms = self.terms((phase, None), train.loss.items())?;
        let listed = self.nodes(train.nodes.iter().flatten())?;
        let wanted = sorted(outputs(&terms).chain(listed));
        let learns = learning(self.spec, self.wiring, train);
        let learns = (0..self.spec.graph.nodes.len()).map(|node| learns.contains(node)).collect();
        let validations = train.validations.iter().enumerate().map(|(at, validation)| {
            let own = |feed: &FeedPlan| {
                if let Some(own) = feed_of(validation.feeds.items(), feed.name) {
                    return self.feed(own);
                }
                let split = validation.split;
                let rows = self.rows(feed.name, split)?;
                Ok(FeedPlan { name: feed.name, rows, split, sampler: None, stream: 0 })
            };
            let feeds: Vec<FeedPlan> = feeds.iter().map(own).collect::<Result<_>>()?;
            let eval = self.eval((phase, at), &validation.eval, (scales, &feeds), BitSet::EMPTY)?;
            let (name, every) = (validation.name, validation.every.max(1));
            Ok(ValidationPlan { name, every, eval: EvalPlan { of_fold: false, ..eval } })
        });
        let validations = validations.collect::<Result<_>>()?;
        let callbacks = train
            .callbacks
            .iter()
            .map(|watch| (watch.callback, watch.watches.iter().map(|path| Watched::of(train, path)).collect()));
        let callbacks = callbacks.collect();
        Ok(TrainPlan { terms, wanted, learns, schedule: train.schedule, validations, callbacks })
    }

    /// The evaluation at a place in a phase, of some feeds, of which the outputs of some nodes are kept.
    fn eval(
        &self,
        (phase, at): (&PhaseSpec, usize),
        eval: &EvalSpec,
        (scales, feeds): (&[ScalePlan], &[FeedPlan]),
        kept: BitSet,
    ) -> Result<EvalPlan> {
        let terms = self.terms((phase, Some(at)), eval.loss.items())?;
        let scope = self.scope(phase, Some(at));
        let measure = |spec: &MeasureSpec| -> Result<MeasurePlan> {
            let inputs = scope.all(spec.metric.name, spec.metric.inputs, spec.inputs.items())?;
            let raw = if spec.units == Some(Units::Raw) { scaled(&self.spec.graph, scales, &inputs) } else { None };
            let (rows, classes) = (self.rows_of(&inputs), classes(&self.spec.graph, &inputs));
            let metric = decided(spec.metric, &self.spec.graph, self.wiring, spec.inputs.items());
            let decided_by = None;
            Ok(MeasurePlan { name: spec.name, line: spec.line, metric, inputs, raw, rows, classes, decided_by })
        };
        let thresholds = eval.metrics.iter().filter_map(|spec| Some((spec, spec.chosen_on?)));
        let thresholds = thresholds.map(|(spec, split)| self.threshold((spec, split), measure(spec)?, feeds));
        let thresholds: Vec<ThresholdPlan> = thresholds.collect::<Result<_>>()?;
        let measures = eval.metrics.iter().filter(|spec| spec.chosen_on.is_none()).map(|spec| {
            let measure = measure(spec)?;
            let node = measure.inputs.first().and_then(Compared::output);
            let by = thresholds.iter().position(|threshold| Some(threshold.node) == node);
            // One that says a threshold itself keeps it.
            let by = by.filter(|_| spec.metric.settings.get("threshold") == Value::Unset);
            let is_one = one_score(&self.spec.graph, self.wiring, spec.inputs.items()).is_some();
            let by = by.filter(|_| spec.metric.settings.has("threshold") && is_one);
            let metric = if by.is_some() { takes_decisions(measure.metric) } else { measure.metric };
            Ok(MeasurePlan { metric, decided_by: by, ..measure })
        });
        let measures: Vec<MeasurePlan> = measures.collect::<Result<_>>()?;
        let of_metrics = measures.iter().flat_map(|measure| measure.inputs.iter().filter_map(Compared::output));
        let wanted = sorted(outputs(&terms).chain(of_metrics).chain(kept.iter()));
        let rows = terms.iter().map(|term| term.rows).chain(measures.iter().map(|measure| measure.rows));
        // In a table the rows of all feeds stand side by side.
        let in_table = feeds.iter().map(|feed| feed.rows.input).collect();
        let rows = rows.chain((!kept.is_empty()).then_some(in_table));
        let together = self.together(feeds, rows);
        let of_fold = feeds
            .iter()
            .any(|feed| folds_of(self.spec, row_source_name(&self.spec.graph, feed.name), feed.split).is_some());
        Ok(EvalPlan { terms, thresholds, measures, wanted, kept: kept.iter().collect(), of_fold, together })
    }

    /// A threshold that is chosen on a split, in a phase of these feeds.
    fn threshold(
        &self,
        (spec, split): (&MeasureSpec, Name),
        measure: MeasurePlan,
        feeds: &[FeedPlan],
    ) -> Result<ThresholdPlan> {
        let graph = &self.spec.graph;
        let node = measure.inputs.first().and_then(Compared::output).ok_or_else(|| unknown("node", spec.name))?;
        let kind = one_score(graph, self.wiring, spec.inputs.items()).unwrap_or(Kind::Unknown);
        let sources: Vec<usize> = measure.rows.iter().map(|input| row_source(graph, input)).collect();
        let read = feeds.iter().filter(|feed| sources.contains(&feed.rows.input)).map(|feed| {
            Ok(FeedPlan { name: feed.name, rows: self.rows(feed.name, split)?, split, sampler: None, stream: 0 })
        });
        let feeds = read.collect::<Result<_>>()?;
        let measure = MeasurePlan { metric: takes_decisions(measure.metric), ..measure };
        Ok(ThresholdPlan { measure, node, kind, feeds })
    }

    /// Feeds that each of some sets of inputs needs together, in one list; others may have other numbers of rows.
    fn together(&self, feeds: &[FeedPlan], needed: impl Iterator<Item = BitSet>) -> Vec<Vec<FeedPlan>> {
        let mut lists: Vec<Vec<FeedPlan>> = feeds.iter().map(|feed| vec![feed.clone()]).collect();
        for rows in needed {
            let sources: Vec<usize> = rows.iter().map(|input| row_source(&self.spec.graph, input)).collect();
            let is_needed = |list: &Vec<FeedPlan>| list.iter().any(|feed| sources.contains(&feed.rows.input));
            let (joined, mut others): (Vec<_>, Vec<_>) = lists.into_iter().partition(is_needed);
            if !joined.is_empty() {
                others.push(joined.concat());
            }
            lists = others;
        }
        lists
    }

    fn terms(&self, (phase, evaluation): (&PhaseSpec, Option<usize>), terms: &[TermSpec]) -> Result<Vec<TermPlan>> {
        let scope = self.scope(phase, evaluation);
        let term = |term: &TermSpec| {
            let inputs = scope.all(term.loss.name, term.loss.inputs, term.inputs.items())?;
            let is_of_parameters = term.loss.inputs.iter().all(|slot| slot.takes == Takes::Parameters);
            let rows = self.rows_of(&inputs);
            Ok(TermPlan { label: term.label, weight: term.weight, loss: term.loss, inputs, is_of_parameters, rows })
        };
        with_labels(terms.to_vec()).iter().map(term).collect()
    }

    fn scope<'s>(&'s self, phase: &'s PhaseSpec, evaluation: Option<usize>) -> Scope<'s> {
        Scope { graph: &self.spec.graph, wiring: self.wiring, phase, evaluation }
    }

    /// The inputs whose rows some operands are computed from.
    fn rows_of(&self, operands: &[Compared]) -> BitSet {
        let mut rows = BitSet::EMPTY;
        for operand in operands {
            match operand {
                Compared::Output { node, .. } => rows.insert_all(&self.wiring.rows(*node)),
                Compared::Column { input, .. } => rows.insert(*input),
                Compared::Parameters { .. } => {}
            }
        }
        rows
    }
}

fn outputs(terms: &[TermPlan]) -> impl Iterator<Item = usize> {
    terms.iter().flat_map(|term| term.inputs.iter().filter_map(Compared::output))
}

fn sorted(nodes: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut nodes: Vec<usize> = nodes.collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// The classes of the first column among operands that has some.
fn classes(graph: &GraphSpec, operands: &[Compared]) -> &'static [Name] {
    let of_column = |operand: &Compared| match operand {
        Compared::Column { input, key, .. } => {
            let column = graph.inputs.items().get(*input)?.schema.column(key)?;
            let classes = if column.dtype == Dtype::Bool { &["false", "true"] } else { column.classes };
            Some(classes).filter(|classes| !classes.is_empty())
        }
        _ => None,
    };
    operands.iter().find_map(of_column).unwrap_or(&[])
}

/// The column that a node predicts, by its input and key.
fn predicted(graph: &GraphSpec, node: &NodeSpec) -> Option<(usize, Name)> {
    let target = node.target?;
    Some((input_named(graph, target.input)?, target.column))
}

/// The position among the scales of a column.
fn scale_of(scales: &[ScalePlan], (input, column): (usize, Name)) -> Option<usize> {
    scales.iter().position(|scale| scale.input == input && scale.column == column)
}

/// The position among the scales of what operands are compared in: of a column among them, or else of the one that an
/// output predicts.
fn scaled(graph: &GraphSpec, scales: &[ScalePlan], operands: &[Compared]) -> Option<usize> {
    let column = operands.iter().find_map(|operand| match operand {
        Compared::Column { input, key, .. } => Some((*input, *key)),
        _ => None,
    });
    let of_output = |operand: &Compared| predicted(graph, graph.nodes.items().get(operand.output()?)?);
    scale_of(scales, column.or_else(|| operands.iter().find_map(of_output))?)
}
