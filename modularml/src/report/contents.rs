//! What a folder of a run tells, read once for all parts of a report. What cannot be read is a note and not the end: a report
//! is wanted most of runs that went wrong.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::step_series::StepSeries;
use crate::Result;
use crate::record::analysis::PhaseAnalysis;
use crate::record::{Event, Manifest, MeasuredValue, PhaseSteps, RunRecord};

/// The name of the losses of steps. What callbacks record has a dot in its name.
pub(super) const STEP_LOSS: &str = "loss";

/// What a folder of a run tells.
pub(super) struct Contents<'a> {
    pub manifest: &'a Manifest,
    /// The name of the folder.
    pub name: String,
    /// The phases in the order of the description.
    pub phases: Vec<Phase>,
    pub analyses: Vec<PhaseAnalysis>,
    /// Errors and warnings, in order.
    pub problems: Vec<Problem>,
    /// Of each time that it went on, from which checkpoint.
    pub resumed: Vec<String>,
    /// The seconds from the first event to the last.
    pub seconds: Option<f64>,
    /// What callbacks recorded of the run itself.
    pub of_run: Vec<(String, f64)>,
    /// What of the folder could not be read.
    pub unread: Vec<String>,
}

/// An error or warning that was recorded.
pub(super) struct Problem {
    pub kind: String,
    pub text: String,
    /// How many seconds behind the first event.
    pub after: f64,
}

/// What kind of phase it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Train,
    Fit,
    Eval,
}

/// How far a phase has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Begun,
    Ended,
}

/// A phase, with what was measured in it.
pub(super) struct Phase {
    pub name: String,
    pub kind: Kind,
    pub state: State,
    /// How long it took.
    pub seconds: Option<f64>,
    /// The epoch at which the watched value was best, where early stopping watched one.
    pub best_epoch: Option<usize>,
    /// The names of its evaluations, in the order of the declaration.
    pub validations: Vec<String>,
    /// The nodes that were fitted.
    pub fitted: Vec<String>,
    /// By name in the order in which they first came, values by epoch.
    pub series: Vec<(String, Vec<(usize, f64)>)>,
    /// By name in the order in which they first came, values by step in the phase.
    pub steps: Vec<(String, StepSeries)>,
    /// What was measured once: by an eval phase, or of a phase by a callback, with a dot in its name.
    pub values: Vec<(String, f64)>,
    began: Option<f64>,
}

impl Phase {
    fn new(name: &str, kind: Kind, validations: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            state: State::Waiting,
            seconds: None,
            best_epoch: None,
            validations,
            fitted: Vec::new(),
            series: Vec::new(),
            steps: Vec::new(),
            values: Vec::new(),
            began: None,
        }
    }

    /// The values of a name by epoch; none where it was not measured.
    pub(super) fn series(&self, name: &str) -> Option<&[(usize, f64)]> {
        self.series.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }

    /// How many epochs have ended.
    pub(super) fn epochs(&self) -> usize {
        self.series("loss").map_or(0, <[_]>::len)
    }

    /// The names of the losses that its evaluations measure.
    pub(super) fn validated_losses(&self) -> impl Iterator<Item = String> {
        self.validations.iter().map(|validation| format!("{validation}.loss"))
    }

    /// The loss of the first evaluation that has measured one: its name, and its values by epoch.
    pub(super) fn validated_loss(&self) -> Option<(String, &[(usize, f64)])> {
        self.validated_losses().find_map(|name| self.series(&name).map(|values| (name, values)))
    }

    /// The epoch that stands for the phase, and what makes it stand out: that which early stopping found best, or that of the
    /// lowest loss of the first evaluation.
    pub(super) fn best(&self) -> Option<(usize, String)> {
        if let Some(epoch) = self.best_epoch {
            return Some((epoch, "best epoch".to_owned()));
        }
        let (name, values) = self.validated_loss()?;
        let finite = values.iter().filter(|(_, value)| value.is_finite());
        let lowest = finite.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((lowest.0, format!("lowest {name}")))
    }
}

impl<'a> Contents<'a> {
    pub(super) fn of(run: &'a RunRecord) -> Self {
        let manifest = run.manifest();
        let mut contents = Self {
            manifest,
            name: run.name(),
            phases: phases(&manifest.description),
            analyses: Vec::new(),
            problems: Vec::new(),
            resumed: Vec::new(),
            seconds: None,
            of_run: Vec::new(),
            unread: Vec::new(),
        };
        let steps = contents.read_events(run);
        if let Err(error) = contents.read_metrics(run, &steps) {
            contents.unread.push(error.to_string());
        }
        match run.analyses() {
            Ok(analyses) => contents.analyses = analyses,
            Err(error) => contents.unread.push(error.to_string()),
        }
        contents
    }

    /// Reads what happened, and tells how many steps epochs had.
    fn read_events(&mut self, run: &RunRecord) -> PhaseSteps {
        let mut steps = PhaseSteps::default();
        let (mut first, mut last) = (None, None);
        let read = run.events().and_then(|mut events| {
            // One line that cannot be read tells enough; there may be thousands.
            events.try_for_each(|event| {
                let event = event?;
                let began = *first.get_or_insert(event.time);
                last = Some(event.time);
                steps.take(&event);
                self.take_step(&event, &steps);
                self.take(&event, began);
                Ok(())
            })
        });
        self.seconds = first.zip(last).map(|(first, last)| (last - first).max(0.0));
        self.unread.extend(read.err().map(|error| error.to_string()));
        steps
    }

    fn read_metrics(&mut self, run: &RunRecord, steps: &PhaseSteps) -> Result<()> {
        for it in run.metrics()? {
            let MeasuredValue { phase, epoch, name, value, step } = it?;
            match (epoch, step) {
                (Some(epoch), Some(step)) => {
                    let step = steps.number(&phase, epoch, step);
                    self.in_phase(&phase, Kind::Train, |phase| {
                        change(&mut phase.steps, name, |steps| steps.push(step, value));
                    });
                }
                (Some(epoch), None) => self.in_phase(&phase, Kind::Train, |phase| {
                    change(&mut phase.series, name, |values| values.push((epoch, value)));
                }),
                (None, _) if phase.is_empty() => self.of_run.push((name, value)),
                (None, _) => self.in_phase(&phase, Kind::Eval, |phase| phase.values.push((name, value))),
            }
        }
        Ok(())
    }

    /// Takes in the loss of a step and the terms of it, where the event tells them.
    fn take_step(&mut self, event: &Event, steps: &PhaseSteps) {
        let place = || Some((event.text("phase")?, event.whole("epoch")?, event.whole("step")?, event.number("loss")?));
        let Some((phase, epoch, step, loss)) = place().filter(|_| event.event == "step") else { return };
        let step = steps.number(phase, epoch, step);
        let terms = event.numbers("terms");
        self.in_phase(phase, Kind::Train, |phase| {
            change(&mut phase.steps, STEP_LOSS.to_owned(), |steps| steps.push(step, loss));
            for (label, value) in terms {
                change(&mut phase.steps, format!("terms.{label}"), |steps| steps.push(step, value));
            }
        });
    }

    fn take(&mut self, event: &Event, began: f64) {
        let phase = event.text("phase");
        match (event.event.as_str(), phase) {
            ("phase_start", Some(name)) => {
                let kind = match event.text("kind") {
                    Some("train") => Kind::Train,
                    Some("fit") => Kind::Fit,
                    _ => Kind::Eval,
                };
                self.in_phase(name, kind, |phase| (phase.state, phase.began) = (State::Begun, Some(event.time)));
            }
            ("phase_end", Some(name)) => {
                let nodes = event.more.get("nodes").and_then(Json::as_array).into_iter().flatten();
                self.in_phase(name, Kind::Eval, |phase| {
                    phase.state = State::Ended;
                    // What it took itself, without the time between a stop and a resume.
                    let between = || phase.began.map(|began| (event.time - began).max(0.0));
                    phase.seconds = event.number("seconds").or_else(between);
                    phase.best_epoch = event.whole("best_epoch");
                    phase.fitted = nodes.filter_map(|node| node.as_str().map(str::to_owned)).collect();
                });
            }
            ("resume", _) => self.resumed.push(event.text("checkpoint").unwrap_or("a checkpoint").to_owned()),
            (kind @ ("error" | "warning"), _) => {
                let text = event.text(kind).or_else(|| event.text("message")).unwrap_or_default().to_owned();
                self.problems.push(Problem { kind: kind.to_owned(), text, after: event.time - began });
            }
            _ => {}
        }
    }

    /// Changes the phase of that name, which is there from now on.
    fn in_phase(&mut self, name: &str, kind: Kind, change: impl FnOnce(&mut Phase)) {
        if let Some(phase) = self.phases.iter_mut().find(|phase| phase.name == name) {
            return change(phase);
        }
        let mut phase = Phase::new(name, kind, Vec::new());
        change(&mut phase);
        self.phases.push(phase);
    }

    /// What the predictions of a phase tell.
    pub(super) fn analysis(&self, phase: &str) -> Option<&PhaseAnalysis> {
        self.analyses.iter().find(|analysis| analysis.phase == phase)
    }

    /// Eval phases that have measured something or were looked at.
    pub(super) fn evals(&self) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(|phase| phase.kind == Kind::Eval)
    }
}

/// The phases that a description declares.
fn phases(description: &Json) -> Vec<Phase> {
    let declared = description.get("phases").and_then(Json::as_array).into_iter().flatten();
    let phase = |phase: &Json| {
        let kinds: BTreeMap<&str, Kind> = [("train", Kind::Train), ("fit", Kind::Fit), ("eval", Kind::Eval)].into();
        let (kind, what) =
            phase.get("kind")?.as_object()?.iter().find_map(|(key, what)| Some((kinds.get(key.as_str())?, what)))?;
        let validations = what.get("validations").and_then(Json::as_array).into_iter().flatten();
        let names = validations.filter_map(|validation| Some(validation.get("name")?.as_str()?.to_owned()));
        Some(Phase::new(phase.get("name")?.as_str()?, *kind, names.collect()))
    };
    declared.filter_map(phase).collect()
}

/// Changes what is listed under a name, which is there from now on.
fn change<T: Default>(all: &mut Vec<(String, T)>, name: String, change: impl FnOnce(&mut T)) {
    if let Some((_, known)) = all.iter_mut().find(|(known, _)| *known == name) {
        return change(known);
    }
    let mut new = T::default();
    change(&mut new);
    all.push((name, new));
}
