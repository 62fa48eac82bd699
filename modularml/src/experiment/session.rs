//! A session: a plan bound to data, with the weights and optimizers that its phases change.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::binding::{
    Rows, Scale, Split, bound, check_weights, find_input, fit_scalers, split, split_record, transform,
};
use super::drawn::Joined;
use super::feeds::{EVAL_ROWS, Feeds};
use super::one_row::OneRowPlan;
use super::optimizers::Optimizers;
use super::progress::Progress;
use super::ranks::Sharing;
use super::results::PhaseResult;
use super::schedule::{ScheduleSpec, Zip};
use super::unknown::missing;
use super::weights::Weights;
use crate::data::View;
use crate::error::At as _;
use crate::graph::files::Files;
use crate::graph::{Alignment, Draws, ModelGraph};
use crate::plan::lookup::row_source;
use crate::plan::operand::title;
use crate::plan::phase::{EvalPlan, FeedPlan, KindPlan, Plan, RowsPlan};
use crate::plan::reach::needs_rows;
use crate::plan::wiring::Wiring;
use crate::process::SplitRecord;
use crate::random::Place;
use crate::spec::{Describe, ExperimentSpec};
use crate::text::{Message, Name};
use crate::{Error, Result, rules};

/// An experiment bound to data under one seed, and in one fold of a cross-validation: its splits, fitted scalers,
/// weights and optimizers.
///
/// The phases of the description run in their order; weights and optimizer states go on from one to the next, and into
/// the next run. A second run of a train phase goes on as well: its epochs are drawn as if they followed those of the
/// first.
pub struct Session {
    pub(crate) plan: Arc<Plan>,
    pub(crate) draws: Draws,
    /// By input, all rows as they were given.
    given: Vec<View>,
    /// By input, all rows, with the transformed forms of scaled columns.
    pub(crate) data: Vec<View>,
    /// The inputs that are joined to another.
    pub(super) aligned: Vec<Alignment>,
    pub(crate) splits: Vec<Split>,
    pub(crate) scales: Vec<Scale>,
    pub(crate) graph: ModelGraph,
    pub(crate) optimizers: Optimizers,
    pub(super) progress: Progress,
    /// Of the phases that have ended in the last run.
    pub(super) results: Vec<PhaseResult>,
    /// By phase, how many epochs have been drawn.
    pub(crate) drawn: Vec<usize>,
    /// Where the last run that was recorded is.
    run_folder: Option<PathBuf>,
    /// The folder that the run is recorded in which is going on.
    pub(super) recording: Option<PathBuf>,
    /// The ranks that its batches are shared out over.
    pub(super) sharing: Option<Sharing>,
    /// What describes it with other parameters, of a declared experiment.
    pub(super) describe: Option<Describe>,
    /// How one row is predicted, once one was.
    pub(super) one_row: OnceCell<OneRowPlan>,
}

impl Session {
    /// Checks a description with every rule, binds it to data (one view for each input of the graph, in order), splits
    /// the rows, fits the scalers to the rows of their splits only, and draws the initial weights.
    ///
    /// # Errors
    /// [`Error::Refused`] with one line for each mistake in the description; [`Error::Data`] when the data does not have
    /// the declared columns, a split stays empty, or the rows of a feed cannot fill the roles of its sampler.
    pub fn new(spec: ExperimentSpec, data: Vec<View>) -> Result<Self> {
        let draws = Draws { seed: spec.seed, fold: 0 };
        Self::bind(Arc::new(checked(spec)?), draws, data)
    }

    /// The same plan and data under a seed and in a fold, counted from 0: everything is split, fitted and drawn anew. What
    /// folds are made of is the same in each fold, and so are splits beside them; an experiment without folds has fold 0
    /// alone.
    ///
    /// # Errors
    /// As [`Session::new`], for what depends on the rows, and when there is no such fold.
    pub fn again(&self, seed: u64, fold: u32) -> Result<Self> {
        Ok(Self { sharing: self.sharing.clone(), ..self.unbound().bind(seed, fold)? })
    }

    /// What can be bound again on another thread.
    pub(super) fn unbound(&self) -> Unbound {
        Unbound {
            plan: Arc::clone(&self.plan),
            data: self.given.clone(),
            progress: self.progress,
            device: self.graph.device_name(),
            describe: self.describe,
            files: self.graph.files(),
        }
    }

    fn bind(plan: Arc<Plan>, draws: Draws, data: Vec<View>) -> Result<Self> {
        let data = bound(&plan.spec.graph, data)?;
        let aligned = Alignment::all(&plan.spec.graph, &data)?;
        let (splits, _) = split(&plan, draws, &data, &aligned)?;
        let scales = fit_scalers(&plan, &Rows { data: &data, aligned: &aligned, splits: &splits })?;
        let session = Self::from_parts(plan, draws, data, aligned, splits, scales)?;
        session.check_feeds()?;
        Ok(session)
    }

    /// Rule: the rows of each feed fill the roles of its sampler and suit its conditions, and those of several feeds go
    /// together. One draw tells, before anything is trained.
    fn check_feeds(&self) -> Result<()> {
        let place = Place { fold: self.draws.fold, ..Place::default() };
        for (position, (spec, phase)) in self.plan.spec.phases.iter().zip(&self.plan.phases).enumerate() {
            let title = title(spec);
            let train = match &phase.kind {
                KindPlan::Train(train) => train,
                KindPlan::Fit(_) => {
                    self.feeds(&title, &phase.feeds, Zip::new().spec(), EVAL_ROWS)?;
                    continue;
                }
                KindPlan::Eval(eval) => {
                    self.check_evaluation(position, &title, eval)?;
                    self.check_thresholds(&title, eval)?;
                    continue;
                }
            };
            self.terms(position, &train.terms)?;
            for validation in &train.validations {
                self.terms(position, &validation.eval.terms)?;
                self.check_evaluation(position, &format!("{} of {title}", validation.name), &validation.eval)?;
            }
            for feed in &phase.feeds {
                self.feeds(&title, std::slice::from_ref(feed), Zip::new().spec(), EVAL_ROWS)?.check_weights()?;
                let demands = feed
                    .sampler
                    .as_ref()
                    .is_some_and(|sampler| sampler.roles.len() > 1 || !sampler.conditions.items().is_empty());
                if !demands {
                    continue;
                }
                let feeds = Rc::new(self.feeds(&title, std::slice::from_ref(feed), Zip::new().spec(), EVAL_ROWS)?);
                let drawn = feeds.draw(self.draws.seed, place);
                drawn.at(|| format!("{title}, feed `{}` of split `{}`", feed.name, feed.split))?;
            }
            self.check_last_batches(position, &title)?;
            if phase.feeds.len() > 1 {
                let feeds = self.feeds(&title, &phase.feeds, train.schedule.unwrap_or(Zip::new().spec()), EVAL_ROWS)?;
                Rc::new(feeds).draw(self.draws.seed, place)?;
            }
        }
        Ok(())
    }

    /// Draws what an evaluation measures.
    fn check_evaluation(&self, phase: usize, title: &str, eval: &EvalPlan) -> Result<()> {
        let place = self.measured_at(phase)?;
        for (feeds, of_plan) in self.together(title, eval)?.into_iter().zip(&eval.together) {
            feeds.check_weights()?;
            if of_plan.iter().any(|feed| feed.sampler.is_some()) {
                Rc::new(feeds).draw_measured(self.draws.seed, place)?;
            }
        }
        Ok(())
    }

    /// The coordinates of what a phase measures, which has no epochs.
    pub(super) fn measured_at(&self, phase: usize) -> Result<Place> {
        let phase = u32::try_from(phase).map_err(|_| Error::Training("too many phases".to_owned()))?;
        Ok(Place { fold: self.draws.fold, phase, ..Place::default() })
    }

    /// Refuses a feed whose last batch has one row, where a node takes statistics over the rows of a batch.
    fn check_last_batches(&self, phase: usize, title: &str) -> Result<()> {
        let Plan { spec, wiring, phases, .. } = self.plan.as_ref();
        for feed in phases.get(phase).into_iter().flat_map(|phase| &phase.feeds) {
            let Some(node) = needs_rows(spec, wiring, phase, feed.rows.input) else { continue };
            let feeds = Rc::new(self.feeds(title, std::slice::from_ref(feed), Zip::new().spec(), EVAL_ROWS)?);
            let epoch = feeds.draw(self.draws.seed, Place { fold: self.draws.fold, ..Place::default() })?;
            if let Some(batch) =
                (0..epoch.steps()).find_map(|step| epoch.drawn_rows(step).ok().filter(|it| it.len() == 1))
            {
                let sampler = feed.sampler.as_ref().map_or(0, |sampler| sampler.batch);
                let node = spec.graph.nodes.items().get(node).map_or("?", |node| node.name);
                return Err(Error::Data(format!(
                    "{title}: split `{}` leaves a batch of {} row behind those of {sampler}, which has no variance, and \
                     node `{node}` needs one; leave it out with .drop_last(), or make batches of another size",
                    feed.split,
                    batch.len()
                )));
            }
        }
        Ok(())
    }

    /// Puts a session together from a plan and what its data gave.
    pub(crate) fn from_parts(
        plan: Arc<Plan>,
        draws: Draws,
        given: Vec<View>,
        aligned: Vec<Alignment>,
        splits: Vec<Split>,
        scales: Vec<Scale>,
    ) -> Result<Self> {
        check_weights(&plan, &given)?;
        let data = transform(given.clone(), &scales)?;
        let graph = ModelGraph::of_wiring(Arc::clone(&plan.wiring), plan.spec.graph.clone(), draws)?;
        let optimizers = Optimizers::new(&plan.spec.graph)?;
        let progress = Progress::default();
        let (results, epochs_drawn) = (Vec::new(), vec![0; plan.phases.len()]);
        Ok(Self {
            plan,
            draws,
            given,
            data,
            aligned,
            splits,
            scales,
            graph,
            optimizers,
            progress,
            results,
            drawn: epochs_drawn,
            run_folder: None,
            recording: None,
            sharing: None,
            describe: None,
            one_row: OnceCell::new(),
        })
    }

    /// The description.
    #[must_use]
    pub fn spec(&self) -> &ExperimentSpec {
        &self.plan.spec
    }

    /// The seed of everything random.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.draws.seed
    }

    /// The fold of a cross-validation; 0 outside of one.
    #[must_use]
    pub const fn fold(&self) -> u32 {
        self.draws.fold
    }

    /// The results of the phases that have ended in the last run, also where a later one failed; of a train phase that failed
    /// in the middle, those of its epochs before that.
    ///
    /// ```
    /// # use modularml::experiment::Session;
    /// fn run(session: &mut Session) {
    ///     if let Err(error) = session.run() {
    ///         eprintln!("{error}; before it: {:?}", session.results());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn results(&self) -> &[PhaseResult] {
        &self.results
    }

    /// How many folds there are; none of an experiment that declares no folds.
    ///
    /// # Errors
    /// When the rows cannot be divided, which [`Session::new`] refuses before.
    pub fn folds(&self) -> Result<Option<usize>> {
        Ok(split(&self.plan, self.draws, &self.given, &self.aligned)?.1)
    }

    /// The graph with its weights.
    #[must_use]
    pub const fn graph(&self) -> &ModelGraph {
        &self.graph
    }

    /// The folder of the last run that was recorded.
    #[must_use]
    pub fn run_folder(&self) -> Option<&Path> {
        self.run_folder.as_deref()
    }

    pub(crate) fn set_run_folder(&mut self, folder: &Path) {
        self.run_folder = Some(folder.to_owned());
    }

    /// By input, all rows as they were given.
    pub(crate) fn given(&self) -> &[View] {
        &self.given
    }

    /// A copy of the weights and optimizer states.
    ///
    /// # Errors
    /// When a tensor cannot be copied.
    pub fn weights(&self) -> Result<Weights> {
        Ok(Weights { graph: self.graph.state()?, optimizers: self.optimizers.states()? })
    }

    /// Goes back to weights and optimizer states of this graph.
    ///
    /// # Errors
    /// When they are of another graph.
    pub fn set_weights(&mut self, weights: &Weights) -> Result<()> {
        self.graph.set_state(&weights.graph)?;
        self.optimizers.set_states(&weights.optimizers, &self.graph)
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

    /// Which of the ranks this one is that the session is [shared out](Self::share_out) over, counted from 0; 0 where it is not.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.sharing.as_ref().map_or(0, Sharing::rank)
    }

    /// The ranks that the batches of the session are shared out over.
    pub(crate) const fn sharing(&self) -> Option<&Sharing> {
        self.sharing.as_ref()
    }

    /// Chooses how a run shows its progress.
    pub const fn progress(&mut self, progress: Progress) -> &mut Self {
        self.progress = progress;
        self
    }

    /// The rows of a split; of an input that is joined to another, those that belong to them, one by one.
    ///
    /// # Errors
    /// When there is no such input or split; the message lists the splits that there are.
    pub fn split(&self, input: &str, name: &str) -> Result<View> {
        let graph = &self.plan.spec.graph;
        let input_at = find_input(graph, input)?;
        let source = row_source(graph, input_at);
        if let Some(split) = self.splits.iter().position(|split| split.input == source && split.name == name) {
            return self.rows(RowsPlan { input: input_at, split });
        }
        let of_input = self.splits.iter().filter(|split| split.input == source);
        let names: Vec<Name> = of_input.map(|split| split.name).collect();
        let owner = graph.inputs.items().get(source).map_or("?", |input| input.name);
        Err(missing("split", name, &names, &format!("input `{owner}`")))
    }

    /// How the rows of an input are split: replayed on the same rows, the record gives the same splits. Where splits ask columns
    /// of a joined input, rows must have them, as tags with keys such as `cell.year`.
    ///
    /// # Errors
    /// When there is no such input.
    pub fn split_record(&self, input: &str) -> Result<SplitRecord> {
        find_input(&self.plan.spec.graph, input)?;
        Ok(split_record(&self.plan.spec, self.draws, input))
    }

    pub(super) fn rows(&self, rows: RowsPlan) -> Result<View> {
        Rows { data: &self.data, aligned: &self.aligned, splits: &self.splits }.of(rows)
    }

    /// Binds the feeds of an evaluation, those together whose rows are taken side by side.
    pub(super) fn together(&self, title: &str, eval: &EvalPlan) -> Result<Vec<Feeds>> {
        let feeds = eval.together.iter().map(|feeds| self.feeds(title, feeds, Zip::new().spec(), EVAL_ROWS));
        feeds.collect()
    }

    /// Binds feeds to the rows of their splits.
    pub(super) fn feeds(&self, title: &str, feeds: &[FeedPlan], schedule: ScheduleSpec, chunk: usize) -> Result<Feeds> {
        let rows = feeds.iter().map(|feed| self.rows(feed.rows)).collect::<Result<_>>()?;
        let joined = self.aligned.iter().filter_map(|aligned| {
            Some(Joined { aligned: aligned.clone(), rows: self.data.get(aligned.right)?.clone() })
        });
        let inputs = self.plan.spec.graph.inputs.len();
        let feeds = Feeds::bind(title, (inputs, self.graph.dtype()), feeds, rows, schedule, chunk)?;
        let weights = self.plan.weights.iter().map(|weight| (weight.input, weight.column));
        Ok(feeds.with_joined(joined.collect()).weighed(weights.collect()))
    }
}

/// A plan and its data, of which sessions are made.
pub(super) struct Unbound {
    plan: Arc<Plan>,
    data: Vec<View>,
    progress: Progress,
    device: String,
    describe: Option<Describe>,
    /// Those that layers are made of.
    files: Files,
}

impl Unbound {
    /// The same data with another plan.
    pub(super) fn with_plan(self, plan: Plan) -> Self {
        Self { plan: Arc::new(plan), ..self }
    }

    /// A session under a seed and in a fold.
    pub(super) fn bind(&self, seed: u64, fold: u32) -> Result<Session> {
        let bind = || Session::bind(Arc::clone(&self.plan), Draws { seed, fold }, self.data.clone());
        let mut session = self.files.clone().during(bind)?;
        if session.graph.device_name() != self.device {
            session.device(&self.device)?;
        }
        Ok(Session { progress: self.progress, describe: self.describe, ..session })
    }
}

/// The plan of a description that every rule passes; otherwise one line a mistake.
pub(crate) fn checked(spec: ExperimentSpec) -> Result<Plan> {
    let wiring = Arc::new(Wiring::of(&spec.graph));
    let mut mistakes = rules::graph::all(&spec.graph, &wiring);
    mistakes.extend(rules::experiment::all(&spec, &wiring));
    if mistakes.is_empty() {
        return Plan::of(spec, wiring);
    }
    Err(Error::Refused(mistakes.iter().map(Message::to_string).collect()))
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("name", &self.plan.spec.name)
            .field("splits", &self.splits)
            .finish_non_exhaustive()
    }
}
