//! The running experiment: data, splits, scalers, weights and optimizers, and the phases that change them.

use super::drawn::Follower;
use super::feeds::{EVAL_ROWS, Feeds};
use super::operand::Resolved;
use super::optimizers::Optimizers;
use super::progress::Progress;
use super::schedule::{ScheduleSpec, Zip};
use super::unknown::missing;
use crate::data::View;
use crate::error::At as _;
use crate::graph::{Alignment, GraphSpec, ModelGraph};
use crate::plan::lookup::input_named;
use crate::plan::wiring::Wiring;
use crate::process::{FittedChain, SamplerSpec, SplitRecord, SplitStep};
use crate::random::Place;
use crate::spec::{ExperimentSpec, FeedSpec, PhaseKind};
use crate::text::{Message, Name};
use crate::{Error, Result, rules};

/// An experiment bound to data, with the weights and optimizers of its graph.
///
/// The phases of the description run in their order; weights and optimizer states go on from one to the next, and into
/// the next run.
pub struct Experiment {
    pub(crate) spec: ExperimentSpec,
    pub(super) wiring: Box<Wiring>,
    pub(crate) graph: ModelGraph,
    /// By input, all rows, with the transformed forms of scaled columns.
    pub(crate) data: Vec<View>,
    /// The inputs whose rows come along with those of another.
    aligned: Vec<Alignment>,
    pub(crate) splits: Vec<Split>,
    pub(crate) scales: Vec<Scale>,
    pub(crate) optimizers: Optimizers,
    pub(super) progress: Progress,
}

/// The rows of a split.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) input: usize,
    pub(crate) name: Name,
    /// Positions in the data of the input.
    pub(crate) positions: Vec<u32>,
}

/// A scaled column with its fitted scalers.
#[derive(Debug)]
pub(crate) struct Scale {
    pub(crate) input: usize,
    pub(crate) chain: FittedChain,
}

impl Experiment {
    /// Checks a description with every rule, binds it to data (one view for each input of the graph, in order), splits
    /// the rows, fits the scalers to the rows of their splits only, and draws the initial weights.
    ///
    /// # Errors
    /// [`Error::Refused`] with one line for each mistake in the description; [`Error::Data`] when the data does not have
    /// the declared columns, a split stays empty, or the rows of a feed cannot fill the roles of its sampler.
    pub fn new(spec: ExperimentSpec, data: Vec<View>) -> Result<Self> {
        refuse(&spec)?;
        check_data(&spec.graph, &data)?;
        let aligned = Alignment::all(&spec.graph, &data)?;
        let splits = make_splits(&spec, &data)?;
        let mut scales = Vec::new();
        for scale in &spec.scales {
            let input = find_input(&spec.graph, scale.input)?;
            let mut rows = rows_of(&data, &aligned, &splits, &spec.graph, input, scale.fitted_on)?;
            if let Some(all) = data.get(input).filter(|_| aligned.iter().any(|aligned| aligned.follower == input)) {
                // A row that comes along with several is learned from once.
                rows = all.intersection(&rows)?;
            }
            let chain = FittedChain::fit(scale.scalers.items(), scale.column, &rows)?;
            scales.push(Scale { input, chain });
        }
        let experiment = Self::from_parts(spec, data, aligned, splits, scales)?;
        experiment.check_samplers()?;
        Ok(experiment)
    }

    /// Rule: the rows of each feed fill the roles of its sampler and suit its conditions. One draw tells, before
    /// anything is trained.
    fn check_samplers(&self) -> Result<()> {
        for phase in self.spec.phases.iter().filter(|phase| matches!(phase.kind, PhaseKind::Train(_))) {
            for feed in &phase.feeds {
                let demands = |sampler: &SamplerSpec| sampler.roles.len() > 1 || !sampler.conditions.items().is_empty();
                if !feed.sampler.as_ref().is_some_and(demands) {
                    continue;
                }
                let title = format!("train `{}`", phase.name);
                let feeds = self.bind(&title, std::slice::from_ref(feed), Zip::new().spec(), EVAL_ROWS)?;
                let drawn = feeds.draw(self.spec.seed, Place::default());
                drawn.at(|| format!("{title}, feed `{}` of split `{}`", feed.input, feed.split))?;
            }
        }
        Ok(())
    }

    /// Puts an experiment together from a checked description and what its data gave.
    pub(crate) fn from_parts(
        spec: ExperimentSpec,
        data: Vec<View>,
        aligned: Vec<Alignment>,
        splits: Vec<Split>,
        scales: Vec<Scale>,
    ) -> Result<Self> {
        let data = transform(data, &scales)?;
        let graph = ModelGraph::build(spec.graph.clone(), spec.seed)?;
        let optimizers = Optimizers::new(&spec.graph)?;
        let wiring = Box::new(Wiring::of(&spec.graph));
        Ok(Self { spec, wiring, graph, data, aligned, splits, scales, optimizers, progress: Progress::default() })
    }

    /// The description.
    #[must_use]
    pub const fn spec(&self) -> &ExperimentSpec {
        &self.spec
    }

    /// The graph with its weights.
    #[must_use]
    pub const fn graph(&self) -> &ModelGraph {
        &self.graph
    }

    /// Moves weights and optimizer states to a device, as [`ModelGraph::device`]; the data stays where it is, and batches
    /// are brought to the device.
    ///
    /// # Errors
    /// When there is no such device; nothing is moved then.
    pub fn device(&mut self, name: &str) -> Result<&mut Self> {
        let moved = self.graph.on_device(name)?;
        let states = self.optimizers.states()?;
        self.optimizers.set_states(&states, &moved)?;
        self.graph = moved;
        Ok(self)
    }

    /// Chooses how a run shows its progress.
    pub const fn progress(&mut self, progress: Progress) -> &mut Self {
        self.progress = progress;
        self
    }

    /// The rows of a split; of an input that follows another one, those that come along with them, one by one.
    ///
    /// # Errors
    /// When there is no such input or split; the message lists the splits that there are.
    pub fn split(&self, input: &str, name: &str) -> Result<View> {
        let input = find_input(&self.spec.graph, input)?;
        rows_of(&self.data, &self.aligned, &self.splits, &self.spec.graph, input, name)
    }

    /// How the rows of an input are split: replayed on the same rows, the record gives the same splits.
    ///
    /// # Errors
    /// When there is no such input.
    pub fn split_record(&self, input: &str) -> Result<SplitRecord> {
        find_input(&self.spec.graph, input)?;
        Ok(split_record(&self.spec, input))
    }

    /// Binds feeds to the rows of their splits.
    pub(super) fn bind(&self, title: &str, feeds: &[FeedSpec], schedule: ScheduleSpec, chunk: usize) -> Result<Feeds> {
        let rows = |feed: &FeedSpec| self.split(feed.input, feed.split);
        let followers = self.aligned.iter().filter_map(|aligned| {
            Some(Follower { aligned: aligned.clone(), rows: self.data.get(aligned.follower)?.clone() })
        });
        let feeds = Feeds::bind(title, &self.spec.graph, self.graph.dtype(), feeds, schedule, chunk, rows)?;
        Ok(feeds.with_followers(followers.collect()))
    }

    /// The fitted scalers of a column, when it is scaled.
    pub(super) fn chain(&self, input: usize, column: &str) -> Option<&FittedChain> {
        self.scales
            .iter()
            .find(|scale| scale.input == input && scale.chain.column() == column)
            .map(|scale| &scale.chain)
    }

    /// The scaled column that outputs are compared with: one of the operands, else what an output predicts.
    pub(super) fn scaled_target(&self, operands: &[Resolved]) -> Option<(usize, Name)> {
        let column = operands.iter().find_map(|operand| match operand {
            Resolved::Column { input, key, .. } => Some((*input, *key)),
            _ => None,
        });
        let predicted = || operands.iter().find_map(|operand| self.predicted(operand));
        column.or_else(predicted).filter(|(input, key)| self.chain(*input, key).is_some())
    }

    fn predicted(&self, operand: &Resolved) -> Option<(usize, Name)> {
        let Resolved::Output { node, .. } = operand else { return None };
        let target = self.spec.graph.nodes.items().get(*node)?.target?;
        Some((input_named(&self.spec.graph, target.input)?, target.column))
    }
}

/// Every rule over graph and experiment; one line a mistake.
pub(crate) fn refuse(spec: &ExperimentSpec) -> Result<()> {
    let mut mistakes = rules::graph::all(&spec.graph);
    mistakes.extend(rules::experiment::all(spec));
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(Error::Refused(mistakes.iter().map(Message::to_string).collect()))
}

/// Rule: there is one view for each input, with the declared columns.
pub(crate) fn check_data(graph: &GraphSpec, data: &[View]) -> Result<()> {
    if data.len() != graph.inputs.len() {
        return Err(Error::Data(format!(
            "graph `{}` has {} inputs, {} data sets are given",
            graph.name,
            graph.inputs.len(),
            data.len()
        )));
    }
    for (input, view) in graph.inputs.iter().zip(data) {
        view.require_rows("run an experiment on").at(|| format!("input `{}`", input.name))?;
        for column in input.schema.columns {
            let found = view.shape(column.key)?;
            if !found.same(&column.shape) {
                return Err(Error::Data(format!(
                    "input `{}`: column `{}` has shape {found}, `{}` declares {}",
                    input.name, column.key, input.schema.name, column.shape
                )));
            }
        }
    }
    Ok(())
}

/// The same rows with the transformed forms of scaled columns.
pub(super) fn transform<'a>(mut data: Vec<View>, scales: impl IntoIterator<Item = &'a Scale>) -> Result<Vec<View>> {
    for scale in scales {
        if let Some(view) = data.get_mut(scale.input) {
            *view = scale.chain.transform(view)?;
        }
    }
    Ok(data)
}

fn make_splits(spec: &ExperimentSpec, data: &[View]) -> Result<Vec<Split>> {
    let mut splits = Vec::new();
    for (input, rows) in data.iter().enumerate() {
        let Some(name) = spec.graph.inputs.items().get(input).map(|input| input.name) else { continue };
        let parts = split_record(spec, name).positions(rows).at(|| format!("split `{name}`"))?;
        splits.extend(parts.into_iter().map(|(name, positions)| Split { input, name, positions }));
    }
    Ok(splits)
}

/// The split statements of one input, each drawing by its place in the experiment.
fn split_record(spec: &ExperimentSpec, input: &str) -> SplitRecord {
    let statements = (0..).zip(&spec.splits).filter(|(_, statement)| statement.input == input);
    statements.fold(SplitRecord::new(spec.seed), |record, (item, statement)| {
        record.step(SplitStep { of: statement.of, splitter: statement.splitter, item })
    })
}

/// The rows of a split; of a follower those that come along with the rows of the split, one by one.
fn rows_of(
    data: &[View],
    aligned: &[Alignment],
    splits: &[Split],
    graph: &GraphSpec,
    input: usize,
    name: &str,
) -> Result<View> {
    if let (Some(rows), Some(aligned)) = (data.get(input), aligned.iter().find(|aligned| aligned.follower == input)) {
        let leading = rows_of(data, &[], splits, graph, aligned.leader, name)?;
        return rows.take(&aligned.join.positions(&leading)?);
    }
    let of_input = || splits.iter().filter(|split| split.input == input);
    let found = of_input().find(|split| split.name == name);
    if let (Some(rows), Some(split)) = (data.get(input), found) {
        return rows.take(&split.positions);
    }
    let names: Vec<Name> = of_input().map(|split| split.name).collect();
    let owner = graph.inputs.items().get(input).map_or("?", |input| input.name);
    Err(missing("split", name, &names, &format!("input `{owner}`")))
}

fn find_input(graph: &GraphSpec, name: &str) -> Result<usize> {
    input_named(graph, name).ok_or_else(|| {
        let names: Vec<Name> = graph.inputs.iter().map(|input| input.name).collect();
        missing("input", name, &names, &format!("graph `{}`", graph.name))
    })
}

impl std::fmt::Debug for Experiment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Experiment")
            .field("name", &self.spec.name)
            .field("splits", &self.splits)
            .finish_non_exhaustive()
    }
}
