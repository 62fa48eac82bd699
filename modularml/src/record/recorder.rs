//! Writes down what happens in a run.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::log::Logs;
use crate::experiment::{Callback, EpochInfo, EvalResult, Moment, Next, PhaseKind, PhaseResult, StepInfo};
use crate::{Error, Result};

/// A callback that writes events and metrics. It keeps nothing, and so saves nothing: what is in the logs is there.
pub(super) struct Recorder {
    logs: Rc<RefCell<Logs>>,
    steps: bool,
}

impl Recorder {
    pub(super) const fn new(logs: Rc<RefCell<Logs>>, steps: bool) -> Self {
        Self { logs, steps }
    }

    fn event(&mut self, event: &str, more: Json) -> Result<()> {
        let mut logs = self.logs.borrow_mut();
        logs.event(event, more)?;
        // A step is written with what follows it; all else can be read at once.
        if event == "step" { Ok(()) } else { logs.flush() }
    }

    fn measured(&mut self, phase: &str, epoch: Option<usize>, measured: &EvalResult) -> Result<()> {
        let prefix = if epoch.is_some() { "val." } else { "" };
        let loss = measured.loss.iter().map(|loss| ("loss", *loss));
        let values: Vec<(&str, f64)> = loss.chain(measured.metrics.iter().copied()).collect();
        for (name, value) in &values {
            self.logs.borrow_mut().metric(phase, epoch, &format!("{prefix}{name}"), *value)?;
        }
        let values: serde_json::Map<String, Json> =
            values.into_iter().map(|(name, value)| (name.to_owned(), number(value))).collect();
        self.event("evaluation", json!({ "phase": phase, "epoch": epoch, "values": values }))
    }
}

/// A number in JSON, which has no NaN and no infinity: they are texts.
fn number(value: f64) -> Json {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

fn name(moment: &Moment<'_>) -> String {
    moment.phase().map(|phase| phase.name.to_owned()).unwrap_or_default()
}

impl Callback for Recorder {
    fn on_run_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        let session = moment.session();
        let (experiment, seed, fold) = (session.spec().name, session.seed(), session.fold());
        self.event("run_start", json!({ "experiment": experiment, "seed": seed, "fold": fold }))?;
        Ok(Next::Continue)
    }

    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        let kind = moment.phase().map(|phase| match phase.kind {
            PhaseKind::Train(_) => "train",
            PhaseKind::Fit(_) => "fit",
            PhaseKind::Eval(_) => "eval",
        });
        self.event("phase_start", json!({ "phase": name(moment), "kind": kind }))?;
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        if self.steps {
            let place =
                json!({ "phase": step.phase, "epoch": step.epoch, "step": step.step, "loss": number(step.loss) });
            self.event("step", place)?;
        }
        Ok(Next::Continue)
    }

    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let trains = moment.phase().is_some_and(|phase| matches!(phase.kind, PhaseKind::Train(_)));
        self.measured(&name(moment), trains.then_some(moment.epoch), measured)?;
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, _: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        self.logs.borrow_mut().metric(epoch.phase, Some(epoch.epoch), "loss", epoch.loss)?;
        self.event("epoch", json!({ "phase": epoch.phase, "epoch": epoch.epoch, "loss": number(epoch.loss) }))?;
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, result: &PhaseResult) -> Result<Next> {
        let phase = name(moment);
        let ended = match result {
            PhaseResult::Train(train) => {
                json!({ "phase": phase, "epochs": train.epochs, "best_epoch": train.best_epoch })
            }
            PhaseResult::Fit(fit) => json!({ "phase": phase, "nodes": fit.nodes }),
            _ => json!({ "phase": phase }),
        };
        self.event("phase_end", ended)?;
        Ok(Next::Continue)
    }

    fn on_run_end(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.event("run_end", json!({}))?;
        Ok(Next::Continue)
    }

    fn on_error(&mut self, error: &Error) {
        // The error itself goes on to the caller.
        let _ = self.event("error", json!({ "error": error.to_string() }));
    }
}
