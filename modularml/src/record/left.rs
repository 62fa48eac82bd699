//! Writes down what callbacks leave behind: numbers and warnings.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::log::{Logs, Place};
use super::recorder::json_number;
use crate::Result;
use crate::experiment::{Callback, EpochInfo, EvalResult, Moment, Next, PhaseKind, PhaseResult, Recorded, StepInfo};

/// A callback that is called behind all others, and writes what they left in the moment. It keeps nothing, and so saves
/// nothing.
pub(super) struct LeftBehind(Rc<RefCell<Logs>>);

impl LeftBehind {
    pub(super) const fn new(logs: Rc<RefCell<Logs>>) -> Self {
        Self(logs)
    }

    fn write(&self, moment: &mut Moment<'_>, epoch: Option<usize>, step: Option<usize>) -> Result<Next> {
        let (recorded, warnings) = moment.take_recorded();
        if recorded.is_empty() && warnings.is_empty() {
            return Ok(Next::Continue);
        }
        let mut logs = self.0.borrow_mut();
        let phase = moment.phase().map(|phase| phase.name);
        for warning in &warnings {
            logs.event("warning", json!({ "phase": phase, "epoch": epoch, "step": step, "warning": warning }))?;
        }
        if !recorded.is_empty() {
            let mut values = serde_json::Map::new();
            for Recorded { name, value } in recorded {
                logs.number(Place { phase: phase.unwrap_or_default(), epoch, step }, &name, value)?;
                values.insert(name, json_number(value));
            }
            let values = Json::Object(values);
            logs.event("recorded", json!({ "phase": phase, "epoch": epoch, "step": step, "values": values }))?;
        }
        // Of those at steps there are many: they are written with what follows.
        if step.is_none() || !warnings.is_empty() {
            logs.flush()?;
        }
        Ok(Next::Continue)
    }

    /// At a transition that is no step's.
    fn between(&self, moment: &mut Moment<'_>) -> Result<Next> {
        let trains = moment.phase().is_some_and(|phase| matches!(phase.kind, PhaseKind::Train(_)));
        let epoch = trains.then_some(moment.epoch);
        self.write(moment, epoch, None)
    }
}

impl Callback for LeftBehind {
    fn on_run_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.write(moment, None, None)
    }

    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.write(moment, None, None)
    }

    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.between(moment)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.write(moment, Some(step.epoch), Some(step.step))
    }

    fn on_evaluation_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.between(moment)
    }

    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, _: &EvalResult) -> Result<Next> {
        self.between(moment)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        self.between(moment)
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, _: &PhaseResult) -> Result<Next> {
        self.write(moment, None, None)
    }

    fn on_run_end(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.write(moment, None, None)
    }
}
