//! A run: the phases of a session in their order, step by step.

mod together;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::callback::{Callback, Moment, Next};
use super::callbacks::Callbacks;
use super::evaluate::Evaluation;
use super::feeds::EVAL_ROWS;
use super::folds::{gathered, take_gathered};
use super::predictions::kept_predictions;
use super::progress::Progress;
use super::ranks::{Sharing, agree};
use super::reporter::Reporter;
use super::results::{EvalResult, FitResult, PhaseResult};
use super::schedule::Zip;
use super::session::Session;
use super::spans::Spans;
use super::state::State;
use super::threshold::Chosen;
use super::train::{CALLBACKS, Training};
use super::unknown::missing;
use super::weights::Weights;
use crate::plan::operand::title;
use crate::plan::phase::{EvalPlan, KindPlan};
use crate::text::Name;
use crate::{Error, Result};
use std::sync::Arc;

/// A run in progress: phases of a session, which it changes step by step.
///
/// Its [state](Run::state) can be saved between any two steps; another session of the same description and data, with
/// the same seed and fold, [goes on](Session::resume) from it with the same bits.
///
/// ```
/// # use modularml::experiment::ExperimentBuilder;
/// # use modularml::graph::{GraphBuilder, Reads};
/// # use modularml::{layers::*, losses::*, prelude::*};
/// # #[derive(SampleSchema)]
/// # struct Point {
/// #     #[feat]
/// #     x: f32,
/// #     #[target]
/// #     y: f32,
/// # }
/// # let points = FeatureSet::from_rows((0..40u8).map(|row| Point { x: f32::from(row) / 40.0, y: 1.0 }))?;
/// # let graph = GraphBuilder::new("Line")
/// #     .input("point", Point::SCHEMA)
/// #     .optimizer(Adam::lr(1e-3))
/// #     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
/// #     .spec();
/// # let study = ExperimentBuilder::new("LineStudy", graph)
/// #     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
/// #     .train("fit", |phase| {
/// #         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(2)
/// #     });
/// let mut session = study.build(vec![points.view()])?;
/// # session.progress(Progress::Silent);
/// let mut other = session.again(session.seed(), 0)?;
///
/// let mut run = session.start()?;
/// run.step()?;
/// let state = run.state()?;
/// let results = run.finish()?;
///
/// assert_eq!(other.resume(&state)?.finish()?, results);
/// # Ok::<(), modularml::Error>(())
/// ```
pub struct Run<'a> {
    session: &'a mut Session,
    callbacks: Callbacks<'a>,
    /// The phases that have not ended.
    phases: Range<usize>,
    training: Option<Training>,
    stage: Stage,
    spans: Spans,
    /// Whether the ranks that it is shared out over were found to do the same.
    met: bool,
}

/// Where a run is: in a phase by position, and in an epoch of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunPlace {
    pub phase: usize,
    pub epoch: usize,
}

/// The parts of the state of a run.
const WEIGHTS: &str = "weights";
const TRAINING: &str = "training";
const PREDICTIONS: &str = "predictions";
const GATHERED: &str = "gathered";

/// The weights in a saved state of a run, by name.
///
/// # Errors
/// When the state is none of a run.
pub(crate) fn weights_of(state: &State) -> Result<&BTreeMap<String, Tensor>> {
    Ok(state.part(WEIGHTS)?.tensors())
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    New,
    Begun,
    Over,
    Failed,
}

/// What is saved of a run beside tensors and callbacks.
#[derive(Serialize, Deserialize)]
struct Saved {
    experiment: String,
    seed: u64,
    fold: u32,
    phases: Range<usize>,
    stage: Stage,
    results: Vec<PhaseResult>,
    drawn: Vec<usize>,
    /// Into how many shares each batch was cut; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shares: Option<usize>,
}

impl Session {
    /// A run of all phases in order, which has not begun.
    ///
    /// # Errors
    /// When the code of a callback is not that of one.
    pub fn start(&mut self) -> Result<Run<'_>> {
        let phases = 0..self.plan.phases.len();
        let own = self.spec().callbacks.iter().map(|watch| Ok((watch.callback.name, watch.callback.build(&[])?)));
        let own = own.collect::<Result<Vec<_>>>()?;
        let mut run = Run::new(self, phases);
        for (name, callback) in own {
            run.callbacks.push_declared(name, callback);
        }
        Ok(run)
    }

    /// Goes on with a run of another session that had the same description, data, seed and fold.
    ///
    /// # Errors
    /// [`Error::State`] when the state is of another experiment, seed or fold, or does not fit.
    pub fn resume(&mut self, state: &State) -> Result<Run<'_>> {
        self.start()?.resume(state)
    }

    /// Runs all phases in order. Run once more, they go on: weights and optimizer states stay as they are, and the epochs
    /// are drawn as if they followed those before.
    ///
    /// # Errors
    /// When a phase fails; [`results`](Self::results) has what came before that.
    pub fn run(&mut self) -> Result<Vec<PhaseResult>> {
        self.start()?.finish()
    }

    /// Runs all phases in order, followed by a callback.
    ///
    /// # Errors
    /// When a phase or the callback fails.
    pub fn run_with(&mut self, callback: &mut dyn Callback) -> Result<Vec<PhaseResult>> {
        self.start()?.with(callback).finish()
    }

    /// Runs one phase.
    ///
    /// # Errors
    /// When there is no such phase, or it fails.
    pub fn run_phase(&mut self, name: &str) -> Result<PhaseResult> {
        let names: Vec<Name> = self.spec().phases.iter().map(|phase| phase.name).collect();
        let none = || missing("phase", name, &names, &format!("experiment `{}`", self.spec().name));
        let phase = names.iter().position(|phase| *phase == name).ok_or_else(none)?;
        let results = Run::new(self, phase..phase + 1).finish()?;
        results.into_iter().next().ok_or_else(|| Error::Training(format!("phase `{name}` gave no result")))
    }
}

impl<'a> Run<'a> {
    fn new(session: &'a mut Session, phases: Range<usize>) -> Self {
        let mut callbacks = Callbacks::default();
        let progress = if session.rank() == 0 { session.progress } else { Progress::Silent };
        callbacks.push(Box::new(Reporter::new(progress)));
        session.results.clear();
        session.recording = None;
        Self { session, callbacks, phases, training: None, stage: Stage::New, spans: Spans::default(), met: false }
    }

    /// The same run, followed by one more callback.
    #[must_use]
    pub fn with(mut self, callback: &'a mut dyn Callback) -> Self {
        self.callbacks.lend(callback);
        self
    }

    /// Goes on from a saved state, with the callbacks that were there when it was saved.
    ///
    /// # Errors
    /// As [`Session::resume`]; the session may then hold a part of the state.
    pub fn resume(mut self, state: &State) -> Result<Self> {
        self.set_state(state)?;
        Ok(self)
    }

    /// The same run, which callbacks know to be recorded in a folder.
    pub(crate) fn recorded_in(self, folder: &Path) -> Self {
        self.session.recording = Some(folder.to_owned());
        self
    }

    /// Where the run is.
    #[must_use]
    pub(crate) fn place(&self) -> RunPlace {
        let epoch = self.training.as_ref().map_or(0, Training::epoch);
        RunPlace { phase: self.phases.start, epoch }
    }

    /// The epoch and value that an evaluation of a train phase measured last under a name.
    pub(crate) fn last_measured(&self, phase: &str, (evaluation, name): (&str, &str)) -> Option<(usize, f64)> {
        let running = self.training.as_ref().map(Training::result).filter(|result| result.name == phase);
        let ended = || self.results().iter().find(|result| result.name() == phase)?.trained().ok();
        let last = running.or_else(ended)?.validated(evaluation).next_back()?;
        Some((last.epoch, last.measured.get(name)?))
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// The session that runs.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.session
    }

    /// The results of the phases that have ended; of a train phase in which a run failed, those of its epochs before that.
    #[must_use]
    pub fn results(&self) -> &[PhaseResult] {
        self.session.results()
    }

    /// Takes the next step: one batch of a train phase, with the evaluation behind it where it ends an epoch, or a whole
    /// fit or eval phase. False when nothing was left to do.
    ///
    /// # Errors
    /// When the step fails; a run that failed cannot go on.
    pub fn step(&mut self) -> Result<bool> {
        match self.stage {
            Stage::Over => return Ok(false),
            Stage::Failed => {
                return Err(Error::Training(
                    "this run has failed; resume an earlier state of it, or start another".to_owned(),
                ));
            }
            Stage::New | Stage::Begun => {}
        }
        // The run is over after a panic, as after an error; what its epochs gave before stays.
        let stepped = catch_unwind(AssertUnwindSafe(|| self.try_step()));
        if !matches!(stepped, Ok(Ok(()))) {
            self.stage = Stage::Failed;
            let so_far = self.training.as_ref().and_then(Training::so_far);
            self.session.results.extend(so_far.map(PhaseResult::Train));
        }
        let stepped = stepped.unwrap_or_else(|panic| {
            self.session.sharing().into_iter().for_each(Sharing::panicked);
            resume_unwind(panic)
        });
        if let Err(error) = &stepped {
            self.session.sharing().into_iter().for_each(|sharing| sharing.fail(error));
            self.training.iter_mut().for_each(|training| training.on_error(error));
            self.callbacks.on_error(error);
        }
        stepped.map(|()| true)
    }

    fn try_step(&mut self) -> Result<()> {
        let _spans = self.spans.enter(self.session, self.phases.start);
        let mut next = Next::Continue;
        self.meet()?;
        if self.stage == Stage::New {
            self.stage = Stage::Begun;
            next = self.each(None, |callback, moment| callback.on_run_start(moment))?;
            next = agree(self.session.sharing(), next)?;
        }
        if next < Next::EndRun && !self.phases.is_empty() {
            next = next.max(self.step_in(self.phases.start)?);
        }
        if next == Next::EndRun || self.phases.is_empty() {
            self.each(None, |callback, moment| callback.on_run_end(moment))?;
            self.stage = Stage::Over;
        }
        Ok(())
    }

    fn step_in(&mut self, phase: usize) -> Result<Next> {
        let plan = Arc::clone(&self.session.plan);
        let kind = plan.phases.get(phase).map(|phase| &phase.kind);
        let (result, next) = match kind.ok_or_else(|| Error::Training(format!("there is no phase {phase}")))? {
            KindPlan::Train(_) => {
                if self.training.is_none() {
                    self.training = Some(Training::new(self.session, phase)?);
                }
                let training = self.training.as_mut();
                let stepped = training.map(|training| training.step(self.session, &mut self.callbacks));
                let Some((result, next)) = stepped.transpose()?.flatten() else { return Ok(Next::Continue) };
                (PhaseResult::Train(result), next)
            }
            KindPlan::Fit(nodes) => {
                let next = self.each(Some(phase), |callback, moment| callback.on_phase_start(moment))?;
                let result = PhaseResult::Fit(self.session.fit(phase, nodes)?);
                let end = self.each(Some(phase), |callback, moment| callback.on_phase_end(moment, &result))?;
                (result, next.max(end))
            }
            KindPlan::Eval(eval) => {
                let start = self.each(Some(phase), |callback, moment| callback.on_phase_start(moment))?;
                let before = self.each(Some(phase), |callback, moment| callback.on_evaluation_start(moment))?;
                let measured = self.session.eval(phase, eval)?;
                let behind =
                    self.each(Some(phase), |callback, moment| callback.on_evaluation_end(moment, &measured))?;
                let result = PhaseResult::Eval(measured);
                let end = self.each(Some(phase), |callback, moment| callback.on_phase_end(moment, &result))?;
                (result, start.max(before).max(behind).max(end))
            }
        };
        let next = agree(self.session.sharing(), next)?;
        self.training = None;
        self.session.results.push(result);
        self.phases.start += 1;
        Ok(if next == Next::EndRun { next } else { Next::Continue })
    }

    fn each(
        &mut self,
        phase: Option<usize>,
        call: impl FnMut(&mut dyn Callback, &mut Moment<'_>) -> Result<Next>,
    ) -> Result<Next> {
        self.callbacks.each(&mut Moment::new(self.session, phase, (0, 0)), call)
    }

    /// Takes all steps that are left.
    ///
    /// # Errors
    /// As [`Run::step`].
    pub fn finish(mut self) -> Result<Vec<PhaseResult>> {
        while self.step()? {}
        Ok(self.session.results.clone())
    }

    /// All that is needed to go on from here: weights, optimizers, position, gradients that were gathered, callbacks and
    /// results. Later steps do not change it.
    ///
    /// # Errors
    /// When the run has failed, or a tensor cannot be copied.
    pub fn state(&self) -> Result<State> {
        if self.stage == Stage::Failed {
            return Err(Error::State("a run that failed has no state to go on from".to_owned()));
        }
        let saved = Saved {
            experiment: self.session.spec().name.to_owned(),
            seed: self.session.seed(),
            fold: self.session.fold(),
            phases: self.phases.clone(),
            stage: self.stage,
            results: self.results().to_vec(),
            drawn: self.session.drawn.clone(),
            shares: self.session.sharing().map(Sharing::shares),
        };
        let state = State::of(&saved)?.with_part(CALLBACKS, self.callbacks.state()?);
        let state = state.with_part(WEIGHTS, self.session.weights()?.to_state());
        let state = match kept_predictions(self.results())? {
            Some(predictions) => state.with_part(PREDICTIONS, predictions),
            None => state,
        };
        let state = match gathered(self.results())? {
            Some(gathered) => state.with_part(GATHERED, gathered),
            None => state,
        };
        Ok(match &self.training {
            Some(training) => state.with_part(TRAINING, training.state()?),
            None => state,
        })
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        let mut saved: Saved = state.values()?;
        let own = (self.session.spec().name, self.session.seed(), self.session.fold());
        let theirs = (saved.experiment.as_str(), saved.seed, saved.fold);
        if own != theirs {
            return Err(Error::State(format!(
                "the saved run is of experiment `{}`, seed {}, fold {}; this is `{}`, seed {}, fold {}",
                theirs.0, theirs.1, theirs.2, own.0, own.1, own.2
            )));
        }
        let phases = self.session.plan.phases.len();
        if saved.phases.end > phases || saved.drawn.len() != phases || saved.stage == Stage::Failed {
            return Err(Error::State(format!("the saved run has other phases than `{}`", own.0)));
        }
        self.session.take_shares(saved.shares)?;
        self.session.take_kept(&mut saved.results, state)?;
        self.callbacks.set_state(state.part(CALLBACKS)?)?;
        self.session.set_weights(&Weights::of_state(state.part(WEIGHTS)?))?;
        self.training = None;
        if let Some(state) = state.parts().get(TRAINING) {
            let mut training = Training::new(self.session, saved.phases.start)?;
            training.set_state(state)?;
            self.training = Some(training);
        }
        (self.phases, self.stage) = (saved.phases, saved.stage);
        (self.session.results, self.session.drawn) = (saved.results, saved.drawn);
        Ok(())
    }
}

impl Session {
    /// Gives results what a state holds beside them.
    fn take_kept(&self, results: &mut [PhaseResult], state: &State) -> Result<()> {
        if let Some(predictions) = state.parts().get(PREDICTIONS) {
            self.take_predictions(results, predictions)?;
        }
        match state.parts().get(GATHERED) {
            Some(state) => take_gathered(results, state),
            None => Ok(()),
        }
    }

    /// The results of a run that is over, in its state; none of another.
    ///
    /// # Errors
    /// When the state is of another run.
    pub(crate) fn results_in(&self, state: &State) -> Result<Option<Vec<PhaseResult>>> {
        let mut saved: Saved = state.values()?;
        self.take_kept(&mut saved.results, state)?;
        Ok((saved.stage == Stage::Over).then_some(saved.results))
    }

    /// Runs a fit phase: every node learns from all rows of the feeds, those that others read first.
    pub(super) fn fit(&mut self, phase: usize, nodes: &[usize]) -> Result<FitResult> {
        let (name, title) = self.called(phase);
        let feeds = self.feeds(&title, self.plan.feeds(phase), Zip::new().spec(), EVAL_ROWS)?;
        let rows = feeds.everything()?;
        for &node in nodes {
            self.graph.fit(node, &rows)?;
        }
        let of_graph = self.spec().graph.nodes.items();
        let fitted = nodes.iter().filter_map(|&node| of_graph.get(node)).map(|node| node.name);
        Ok(FitResult { name, nodes: fitted.collect() })
    }

    /// Runs an eval phase.
    pub(super) fn eval(&self, phase: usize, eval: &EvalPlan) -> Result<EvalResult> {
        self.eval_decided(phase, eval, self.chosen(eval, self.measured_at(phase)?)?)
    }

    /// Runs an eval phase with thresholds that were chosen.
    pub(super) fn eval_decided(&self, phase: usize, eval: &EvalPlan, chosen: Vec<Chosen>) -> Result<EvalResult> {
        let (name, title) = self.called(phase);
        let (terms, feeds) = (self.terms(phase, &eval.terms)?, self.together(&title, eval)?);
        let place = self.measured_at(phase)?;
        let evaluation = Evaluation::new(name, terms, feeds).decided_by(chosen);
        tracing::info_span!("evaluation").in_scope(|| evaluation.run(self, eval, place))
    }

    /// The name of a phase, and what it is called in errors.
    fn called(&self, phase: usize) -> (Name, String) {
        self.spec().phases.items().get(phase).map_or(("?", String::new()), |phase| (phase.name, title(phase)))
    }
}
