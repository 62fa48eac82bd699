//! Writes down what happens in a run.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::folder::{Folder, PREDICTIONS};
use super::log::Logs;
use super::spent::Spent;
use crate::experiment::{
    Callback, EpochInfo, EvalResult, Moment, Next, PhaseKind, PhaseResult, PredictionTable, State, StepInfo,
};
use crate::text::Name;
use crate::{Error, Result};

/// A callback that writes events, metrics and tables of predictions. What it wrote is in the files; it saves how long the
/// phase and the epoch in progress took so far.
pub(super) struct Recorder<'a> {
    folder: &'a Folder,
    logs: Rc<RefCell<Logs>>,
    /// Whether the loss of each step is written, also of phases that do not declare `step_loss;`.
    steps: bool,
    spent: AllSpent,
}

/// The time and the rows of what is in progress.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct AllSpent {
    phase: Spent,
    /// Of its steps alone.
    epoch: Spent,
    #[serde(skip)]
    evaluation: Spent,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(folder: &'a Folder, logs: Rc<RefCell<Logs>>, steps: bool) -> Self {
        Self { folder, logs, steps, spent: AllSpent::default() }
    }

    fn event(&mut self, event: &str, more: Json) -> Result<()> {
        let mut logs = self.logs.borrow_mut();
        logs.event(event, more)?;
        // A step is written with what follows it; all else can be read at once.
        if event == "step" { Ok(()) } else { logs.flush() }
    }

    fn measured(&mut self, phase: &str, epoch: Option<usize>, measured: &EvalResult) -> Result<()> {
        let prefix = if epoch.is_some() { format!("{}.", measured.name) } else { String::new() };
        let values: Vec<(&str, f64)> = measured.numbers().collect();
        for (name, value) in &values {
            self.logs.borrow_mut().metric(phase, epoch, &format!("{prefix}{name}"), *value)?;
        }
        let values: serde_json::Map<String, Json> =
            values.into_iter().map(|(name, value)| (name.to_owned(), json_number(value))).collect();
        let mut event = json!({ "phase": phase, "epoch": epoch, "values": values });
        if epoch.is_some() {
            event["evaluation"] = json!(measured.name);
        }
        if !measured.others.is_empty() {
            event["others"] = json!(measured.others);
        }
        self.spent.evaluation.tell(&mut event);
        self.event("evaluation", event)
    }

    /// Writes the predictions of a phase. The results are there whatever becomes of it; what cannot be written is an event.
    fn predictions(&mut self, phase: &str, table: &PredictionTable) {
        let folder = self.folder.inner(PREDICTIONS);
        let written = folder.and_then(|folder| table.write_csv(folder.join(format!("{phase}.csv"))));
        if let Err(error) = written {
            let _ = self.logs.borrow_mut().error(&error);
        }
    }
}

/// A number in JSON, which has no NaN and no infinity: they are texts.
pub(crate) fn json_number(value: f64) -> Json {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

/// Adds the terms of a loss to an event, where they are told.
fn tell_terms(event: &mut Json, terms: &[(Name, f64)]) {
    if !terms.is_empty() {
        let terms = terms.iter().map(|(label, value)| ((*label).to_owned(), json_number(*value)));
        event["terms"] = terms.collect::<serde_json::Map<_, _>>().into();
    }
}

fn name(moment: &Moment<'_>) -> String {
    moment.phase().map(|phase| phase.name.to_owned()).unwrap_or_default()
}

impl Callback for Recorder<'_> {
    fn on_run_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        let session = moment.session();
        let (experiment, seed, fold) = (session.spec().name, session.seed(), session.fold());
        self.event("run_start", json!({ "experiment": experiment, "seed": seed, "fold": fold }))?;
        Ok(Next::Continue)
    }

    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.spent.phase = Spent::start();
        let kind = moment.phase().map(|phase| match phase.kind {
            PhaseKind::Train(_) => "train",
            PhaseKind::Fit(_) => "fit",
            PhaseKind::Eval(_) => "eval",
        });
        self.event("phase_start", json!({ "phase": name(moment), "kind": kind }))?;
        Ok(Next::Continue)
    }

    fn on_epoch_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.spent.epoch = Spent::start();
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.spent.epoch.rows += step.row_count();
        self.spent.phase.rows += step.row_count();
        let declares = || moment.phase().and_then(|phase| phase.kind.train()).is_some_and(|train| train.step_loss);
        if self.steps || declares() {
            let mut place =
                json!({ "phase": step.phase, "epoch": step.epoch, "step": step.step, "loss": json_number(step.loss) });
            tell_terms(&mut place, step.terms);
            self.event("step", place)?;
        }
        Ok(Next::Continue)
    }

    fn on_evaluation_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.spent.epoch.pause();
        self.spent.evaluation = Spent::start();
        Ok(Next::Continue)
    }

    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let trains = moment.phase().is_some_and(|phase| matches!(phase.kind, PhaseKind::Train(_)));
        self.spent.evaluation.rows = measured.rows;
        if !trains {
            self.spent.phase.rows = measured.rows;
        }
        self.measured(&name(moment), trains.then_some(moment.epoch), measured)?;
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        self.logs.borrow_mut().metric(epoch.phase, Some(epoch.epoch), "loss", epoch.loss)?;
        for (label, value) in epoch.terms {
            self.logs.borrow_mut().metric(epoch.phase, Some(epoch.epoch), &format!("terms.{label}"), *value)?;
        }
        // Behind its last step an epoch stands at the number of steps that it had.
        let steps = moment.step;
        let mut event =
            json!({ "phase": epoch.phase, "epoch": epoch.epoch, "loss": json_number(epoch.loss), "steps": steps });
        tell_terms(&mut event, epoch.terms);
        self.spent.epoch.tell(&mut event);
        self.event("epoch", event)?;
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, result: &PhaseResult) -> Result<Next> {
        let phase = name(moment);
        if let PhaseResult::Eval(EvalResult { predictions: Some(table), .. }) = result {
            self.predictions(&phase, table);
        }
        let mut ended = match result {
            PhaseResult::Train(train) => {
                json!({ "phase": phase, "epochs": train.epochs, "best_epoch": train.best_epoch })
            }
            PhaseResult::Fit(fit) => json!({ "phase": phase, "nodes": fit.nodes }),
            _ => json!({ "phase": phase }),
        };
        self.spent.phase.tell(&mut ended);
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

    fn state(&self) -> Result<State> {
        let AllSpent { mut phase, mut epoch, .. } = self.spent;
        phase.pause();
        epoch.pause();
        State::of(&AllSpent { phase, epoch, ..AllSpent::default() })
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.spent = state.values()?;
        self.spent.phase.go_on();
        self.spent.epoch.go_on();
        Ok(())
    }
}
