//! Where a run is when a callback is called, and what the callback may do there.

use std::path::Path;

use super::recorded::Recorded;
use super::session::Session;
use super::weights::Weights;
use crate::Result;
use crate::spec::PhaseSpec;

/// Where a run is, and what a callback may do there.
pub struct Moment<'a> {
    pub(super) session: &'a mut Session,
    pub(super) phase: Option<usize>,
    /// The epoch of a train phase, counted from 0.
    pub epoch: usize,
    /// The step in the epoch, counted from 0; behind its last step how many it had.
    pub step: usize,
    pub(super) effects: Effects,
    recorded: Vec<Recorded>,
    warnings: Vec<String>,
}

/// What callbacks asked for at a transition.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effects {
    /// What learning rates are multiplied by from now on.
    pub rates: Option<f64>,
    /// The epoch that is now the best one.
    pub best_epoch: Option<usize>,
}

impl<'a> Moment<'a> {
    pub(super) fn new(session: &'a mut Session, phase: Option<usize>, (epoch, step): (usize, usize)) -> Self {
        Self { session, phase, epoch, step, effects: Effects::default(), recorded: Vec::new(), warnings: Vec::new() }
    }

    /// The session that runs.
    #[must_use]
    pub const fn session(&self) -> &Session {
        self.session
    }

    /// The phase; none before the first one and behind the last.
    #[must_use]
    pub fn phase(&self) -> Option<&PhaseSpec> {
        self.session.spec().phases.items().get(self.phase?)
    }

    /// The folder of the run, where it is recorded.
    #[must_use]
    pub fn run_folder(&self) -> Option<&Path> {
        self.session.recording.as_deref()
    }

    /// Leaves a number behind: of a recorded run it stands in `events.jsonl` and `metrics.csv`, with the phase, the epoch,
    /// and in `on_step_end` the step. Where nothing records it goes away.
    ///
    /// The name says what it is and of what, with a dot between, `gradient_norm.encoder`: so it is never that of a loss or
    /// metric, which have no dot, nor one of an evaluation of the phase or of a term of the loss.
    ///
    /// # Errors
    /// When the name has no dot, begins with `val.`, the name of another evaluation of the phase or `terms.`, or has a comma, a quote or a control character.
    pub fn record(&mut self, name: impl Into<String>, value: f64) -> Result<()> {
        let train = self.phase().and_then(|phase| phase.kind.train());
        let validations = train.map_or(&[] as &[_], |train| train.validations.items());
        let recorded = Recorded::new(name.into(), value, validations)?;
        self.recorded.push(recorded);
        Ok(())
    }

    /// Says something that whoever looks at the run later should know: an event of a recorded run, and a warning of `tracing`.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        tracing::warn!("{warning}");
        self.warnings.push(warning);
    }

    /// What callbacks left behind at this transition.
    pub(crate) fn take_recorded(&mut self) -> (Vec<Recorded>, Vec<String>) {
        (std::mem::take(&mut self.recorded), std::mem::take(&mut self.warnings))
    }

    /// Multiplies the learning rates of the phase, as its `rate` gives them, by a factor from now on; one callback's
    /// factor replaces the one that it gave before, those of several are multiplied.
    pub const fn scale_rates(&mut self, factor: f64) {
        self.effects.rates = Some(factor);
    }

    /// Says that this epoch is the best one so far, for the result of the phase.
    pub const fn mark_best(&mut self) {
        self.effects.best_epoch = Some(self.epoch);
    }

    /// Goes back to weights and optimizer states of this session.
    ///
    /// # Errors
    /// When they are of another graph.
    pub fn set_weights(&mut self, weights: &Weights) -> Result<()> {
        self.session.set_weights(weights)
    }
}
