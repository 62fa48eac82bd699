//! Callbacks: what follows a run from one transition to the next, and may steer it.

mod gradient_norms;
mod learning_rates;
mod output;
mod predictions_every;
mod snapshots;
mod stop_file;
mod time_limit;
mod weight_statistics;

use candle_core::Var;

pub use gradient_norms::GradientNorms;
pub use learning_rates::LearningRates;
pub use predictions_every::PredictionsEvery;
pub use snapshots::Snapshots;
pub use stop_file::StopFile;
pub use time_limit::TimeLimit;
pub use weight_statistics::WeightStatistics;

use super::feeds::BatchRows;
use super::gradients::GradientInfo;
pub use super::moment::Moment;
use super::results::{EvalResult, PhaseResult};
use super::state::State;
use super::suspect::Suspect;
use super::unknown::missing;
use super::update::Learning;
use crate::data::View;
use crate::plan::lookup::input_named;
use crate::plan::operand::roles;
use crate::plan::phase::Plan;
use crate::plan::watched::Watched;
use crate::source_line::SourceLine;
pub use crate::spec::CallbackSpec;
use crate::spec::{FromSettings, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// How a warning ends that tells of a phase which the clock or a file has ended: it would not end there once more.
pub(crate) const ENDS_PHASE: &str = ": the phase ends";

/// How a run goes on after a transition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// As declared.
    #[default]
    Continue,
    /// Without the change that the step would make; an answer of [`Callback::on_loss`] only.
    SkipStep,
    /// The phase ends: behind this step or epoch, which counts as it is.
    EndPhase,
    /// The phase ends, and no other one follows.
    EndRun,
}

/// Follows a run: every method is called at one transition, and does nothing by default.
///
/// Early stopping, learning rates that fall on a plateau, the guard against losses that are not finite and the display of
/// progress are callbacks too.
///
/// ```
/// use modularml::experiment::{Callback, ExperimentBuilder, Moment, Next, StepInfo};
/// use modularml::graph::{GraphBuilder, Reads};
/// use modularml::{layers::*, losses::*, prelude::*};
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
///     #[target]
///     y: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// /// Counts how often each of two cells is seen, for so many steps.
/// struct Seen([usize; 2], usize);
///
/// impl Callback for Seen {
///     fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
///         for cell in step.rows("point", "default")?.values(Point::COLUMNS.cell)? {
///             self.0[usize::from(cell == 1)] += 1;
///         }
///         Ok(if step.step + 1 < self.1 { Next::Continue } else { Next::EndPhase })
///     }
/// }
///
/// let rows = (0..40u8).map(|row| Point { x: f32::from(row), y: f32::from(row), cell: i64::from(row % 2) });
/// let points = FeatureSet::from_rows(rows)?;
/// let graph = GraphBuilder::new("Line")
///     .input("point", Point::SCHEMA)
///     .optimizer(Adam::lr(1e-3))
///     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
///     .spec();
/// let mut study = ExperimentBuilder::new("LineStudy", graph)
///     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
///     .train("fit", |phase| {
///         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(9)
///     })
///     .build(vec![points.view()])?;
///
/// let mut seen = Seen([0; 2], 3);
/// let results = study.progress(Progress::Silent).run_with(&mut seen)?;
/// assert_eq!(seen.0.iter().sum::<usize>(), 3 * 8);
/// assert_eq!(results[0].trained()?.epochs, 1);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// # Errors
/// An error of any method ends the run, with an error that names the callback where it is part of the description.
#[allow(unused_variables, reason = "the names tell what a method is given")]
#[allow(clippy::missing_errors_doc, reason = "said once, on the trait")]
pub trait Callback {
    /// Whether it does something outside of the run and its folder, such as writing files elsewhere or sending a message. A
    /// [rehearsal](super::Session::rehearse), of which nothing stays, and with it `check` on the command line, leave it out then.
    fn acts_outside(&self) -> bool {
        false
    }

    /// Before the first phase.
    fn on_run_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Before a phase does anything.
    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Before the first step of an epoch of a train phase.
    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// When the loss of a step is known, and nothing has been changed by it.
    fn on_loss(&mut self, loss: &LossInfo<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Whether [`Callback::on_loss`] may answer [`Next::SkipStep`]: what layers change while they compute, such as running
    /// means, is then kept until the answer is known.
    fn skips_steps(&self) -> bool {
        false
    }

    /// Whether [`Callback::on_gradients`] is called; where no callback asks, nothing is done for it.
    fn reads_gradients(&self) -> bool {
        false
    }

    /// Before parameters change, with the gradients that they change by: summed over the steps of the change, and not yet
    /// clipped.
    fn on_gradients(&mut self, gradients: &GradientInfo<'_>) -> Result<()> {
        Ok(())
    }

    /// Behind a step, after the parameters changed.
    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Before an eval phase, or an evaluation of a train phase, measures.
    fn on_evaluation_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Behind an eval phase's measurement, or an evaluation of a train phase, whose name `measured` has. A value that the
    /// callback watches is [`EvalResult::watched`].
    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Behind an epoch of a train phase and its evaluations.
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Behind a phase, whose result is known.
    fn on_phase_end(&mut self, moment: &mut Moment<'_>, result: &PhaseResult) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// Behind the last phase.
    fn on_run_end(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        Ok(Next::Continue)
    }

    /// When a run fails; the error goes on to the caller whatever this does.
    fn on_error(&mut self, error: &Error) {}

    /// What must be saved so that another value of this callback goes on in its place.
    fn state(&self) -> Result<State> {
        Ok(State::default())
    }

    /// Takes over a saved state.
    fn set_state(&mut self, state: &State) -> Result<()> {
        Ok(())
    }
}

/// Does nothing.
impl Callback for () {}

/// A callback by its settings; the trait that `#[derive(Callback)]` asks for.
#[diagnostic::on_unimplemented(
    message = "nothing builds the callback `{Self}`",
    label = "not built by anything",
    note = "write: impl BuildCallback for {Self} {{ fn build(&self, watched: &[Watched]) -> Box<dyn Callback> }}"
)]
pub trait BuildCallback: FromSettings {
    /// The callback as it is before a run or phase; it watches as many values as `#[spec(watches = ..)]` says, and none
    /// without.
    fn build(&self, watched: &[Watched]) -> Box<dyn Callback>;
}

/// The code of a callback: makes it.
pub type Build = fn(&Settings, &[Watched]) -> Box<dyn Callback>;

impl CallbackSpec {
    /// A callback that watches no value.
    #[must_use]
    pub const fn of<C: BuildCallback>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings, watched| C::from_settings(settings).build(watched));
        Self { name, settings, watches: 0, needs_val: false, code }
    }

    /// Makes the callback.
    ///
    /// # Errors
    /// When its code is not that of a callback.
    pub fn build(&self, watched: &[Watched]) -> Result<Box<dyn Callback>> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings, watched))
    }
}

/// A step of a train phase.
#[non_exhaustive]
pub struct StepInfo<'a> {
    /// The phase.
    pub phase: Name,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The step in the epoch, counted from 0.
    pub step: usize,
    /// How many steps the epoch has.
    pub steps: usize,
    /// The loss of the batch before the step that it caused; not finite for a step that was left out.
    pub loss: f64,
    /// The terms of the loss that the step took, by label and before their weights, where the loss has several or one with a
    /// label.
    pub terms: &'a [(Name, f64)],
    /// Whether parameters changed: not where several batches are gathered for one change, or a step was left out.
    pub changed: bool,
    pub(super) plan: &'a Plan,
    pub(super) phase_at: usize,
    pub(super) learning: &'a [Learning],
    pub(super) rows: &'a BatchRows,
}

impl StepInfo<'_> {
    /// Where the phase is declared.
    pub(super) fn line(&self) -> SourceLine {
        self.plan.spec.phases.items().get(self.phase_at).map(|phase| phase.line).unwrap_or_default()
    }

    /// The parameters that learn in the phase, by full names such as `encoder.0.weight`.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.learning.iter().map(|learning| (learning.name.as_str(), &learning.parameter))
    }

    /// How many rows the batch has: those of its first input in their first role.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The rows of the batch that an input has in a role (`default` where its sampler has no roles), with their ids and
    /// all their columns, tags too.
    ///
    /// # Errors
    /// When there is no such input or role, or the step is another feed's turn.
    pub fn rows(&self, input: &str, role: &str) -> Result<&View> {
        let graph = &self.plan.spec.graph;
        let position = input_named(graph, input).ok_or_else(|| {
            let known: Vec<Name> = graph.inputs.iter().map(|input| input.name).collect();
            missing("input", input, &known, &format!("graph `{}`", graph.name))
        })?;
        let turn =
            || Error::Data(format!("input `{input}` has no rows in step {}: another feed's turn", self.step + 1));
        let phase = self.plan.spec.phases.items().get(self.phase_at).ok_or_else(turn)?;
        let known = roles(graph, phase, position, None);
        let place = known.iter().position(|known| *known == role);
        let place = place.ok_or_else(|| missing("role", role, known, &format!("input `{input}`")))?;
        self.rows.view(position, place).map_err(|_| turn())
    }
}

/// A step whose loss is known, and has changed nothing so far.
pub struct LossInfo<'a> {
    /// The step and its loss.
    pub step: StepInfo<'a>,
    pub(super) suspect: Suspect<'a>,
    pub(super) rates: &'a dyn Fn() -> String,
}

impl LossInfo<'_> {
    /// The first place, in the order of computation, that holds NaN or infinity, and the ids of rows that do: "column
    /// `pulse.voltage`, in 2 of 32 rows (ids ..)"; none where only the sum over rows is too large.
    ///
    /// # Errors
    /// When a computation fails.
    pub fn first_not_finite(&self) -> Result<Option<String>> {
        Ok(self.suspect.first_place()?.map(|first| first.text))
    }

    /// The optimizers that take the step, with their learning rates: "Adam, lr 0.001".
    #[must_use]
    pub fn optimizers(&self) -> String {
        (self.rates)()
    }
}

/// An epoch of a train phase.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EpochInfo<'a> {
    /// The phase.
    pub phase: Name,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The mean loss over its rows.
    pub loss: f64,
    /// The terms of it by label, before their weights, where the loss has several or one with a label.
    pub terms: &'a [(Name, f64)],
    /// What was measured behind it, of each evaluation that was due, in the order of the declaration.
    pub validations: &'a [EvalResult],
}

impl<'a> EpochInfo<'a> {
    /// What the evaluation of a name, `val` where none is written, measured behind the epoch; none where it was not due.
    #[must_use]
    pub fn validated(&self, evaluation: &str) -> Option<&'a EvalResult> {
        self.validations.iter().find(|measured| measured.name == evaluation)
    }
}
