//! Writes down what happens in a run.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::folder::{Folder, PREDICTIONS};
use super::log::{Logs, Place};
use super::spent::Spent;
use crate::experiment::{
    Callback, EpochInfo, EvalResult, Moment, Next, PhaseKind, PhaseResult, PredictionTable, Recorded, State, StepInfo,
};
use crate::{Error, Result};

/// A callback that writes events, metrics and tables of predictions. What it wrote is in the files; it saves how long the
/// phase and the epoch in progress took so far.
pub(super) struct Recorder<'a> {
    folder: &'a Folder,
    logs: Rc<RefCell<Logs>>,
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

    /// Appends an event that can be read at once.
    fn event(&mut self, event: &str, more: Json) -> Result<()> {
        self.append(event, more)?;
        self.logs.borrow_mut().flush()
    }

    /// Appends an event that is written with what follows it: of those there may be one a step.
    fn append(&mut self, event: &str, more: Json) -> Result<()> {
        self.logs.borrow_mut().event(event, more)
    }

    /// What callbacks left behind at a transition; of a train phase with the epoch, and the step where there is one.
    fn left(&mut self, moment: &mut Moment<'_>, epoch: Option<usize>, step: Option<usize>) -> Result<()> {
        let (recorded, warnings) = moment.take_recorded();
        let phase = moment.phase().map(|phase| phase.name);
        for warning in warnings {
            self.event("warning", json!({ "phase": phase, "epoch": epoch, "step": step, "warning": warning }))?;
        }
        if recorded.is_empty() {
            return Ok(());
        }
        let mut values = serde_json::Map::new();
        for Recorded { name, value } in recorded {
            self.logs.borrow_mut().metric(Place { phase: phase.unwrap_or_default(), epoch, step }, &name, value)?;
            values.insert(name, number(value));
        }
        self.append("recorded", json!({ "phase": phase, "epoch": epoch, "step": step, "values": values }))
    }

    fn measured(&mut self, phase: &str, epoch: Option<usize>, measured: &EvalResult) -> Result<()> {
        let prefix = if epoch.is_some() { "val." } else { "" };
        let loss = measured.loss.iter().map(|loss| ("loss", *loss));
        let values: Vec<(&str, f64)> = loss.chain(measured.metrics.iter().copied()).collect();
        for (name, value) in &values {
            self.logs.borrow_mut().metric(Place { phase, epoch, step: None }, &format!("{prefix}{name}"), *value)?;
        }
        let values: serde_json::Map<String, Json> =
            values.into_iter().map(|(name, value)| (name.to_owned(), number(value))).collect();
        let mut event = json!({ "phase": phase, "epoch": epoch, "values": values });
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
fn number(value: f64) -> Json {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

/// The epoch, where the phase trains.
fn epoch(moment: &Moment<'_>) -> Option<usize> {
    let trains = moment.phase().is_some_and(|phase| matches!(phase.kind, PhaseKind::Train(_)));
    trains.then_some(moment.epoch)
}

fn name(moment: &Moment<'_>) -> String {
    moment.phase().map(|phase| phase.name.to_owned()).unwrap_or_default()
}

impl Callback for Recorder<'_> {
    fn on_run_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        let session = moment.session();
        let (experiment, seed, fold) = (session.spec().name, session.seed(), session.fold());
        self.event("run_start", json!({ "experiment": experiment, "seed": seed, "fold": fold }))?;
        self.left(moment, None, None)?;
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
        self.left(moment, None, None)?;
        Ok(Next::Continue)
    }

    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.spent.epoch = Spent::start();
        self.left(moment, epoch(moment), None)?;
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.spent.epoch.rows += step.row_count();
        self.spent.phase.rows += step.row_count();
        if self.steps {
            let place =
                json!({ "phase": step.phase, "epoch": step.epoch, "step": step.step, "loss": number(step.loss) });
            self.append("step", place)?;
        }
        self.left(moment, Some(step.epoch), Some(step.step))?;
        Ok(Next::Continue)
    }

    fn on_evaluation_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.spent.epoch.pause();
        self.spent.evaluation = Spent::start();
        self.left(moment, epoch(moment), None)?;
        Ok(Next::Continue)
    }

    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let epoch = epoch(moment);
        self.spent.evaluation.rows = measured.rows;
        if epoch.is_none() {
            self.spent.phase.rows = measured.rows;
        }
        self.measured(&name(moment), epoch, measured)?;
        self.left(moment, epoch, None)?;
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        self.left(moment, Some(epoch.epoch), None)?;
        let place = Place { phase: epoch.phase, epoch: Some(epoch.epoch), step: None };
        self.logs.borrow_mut().metric(place, "loss", epoch.loss)?;
        let mut event = json!({ "phase": epoch.phase, "epoch": epoch.epoch, "loss": number(epoch.loss) });
        self.spent.epoch.tell(&mut event);
        self.event("epoch", event)?;
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, result: &PhaseResult) -> Result<Next> {
        self.left(moment, None, None)?;
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

    fn on_run_end(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.left(moment, None, None)?;
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
