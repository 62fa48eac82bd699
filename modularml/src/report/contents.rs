//! What a folder of a run tells, read once for all parts of a report. What cannot be read is a note and not the end: a report
//! is wanted most of runs that went wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::record::analysis::PhaseAnalysis;
use crate::record::{Event, Manifest, RunRecord};

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
    /// The nodes that were fitted.
    pub fitted: Vec<String>,
    /// By name in the order in which they first came, values by epoch; of what is measured at each step the last of an epoch.
    pub series: Vec<(String, Vec<(usize, f64)>)>,
    /// The names of what is measured at each step.
    pub by_step: BTreeSet<String>,
    /// What was measured once: by an eval phase, or of a phase by a callback, with a dot in its name.
    pub values: Vec<(String, f64)>,
    began: Option<f64>,
}

impl Phase {
    fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            state: State::Waiting,
            seconds: None,
            best_epoch: None,
            fitted: Vec::new(),
            series: Vec::new(),
            by_step: BTreeSet::new(),
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

    /// The epoch that stands for the phase, and what makes it stand out: that which early stopping found best, or that of the
    /// lowest loss on `val`.
    pub(super) fn best(&self) -> Option<(usize, &'static str)> {
        if let Some(epoch) = self.best_epoch {
            return Some((epoch, "best epoch"));
        }
        let finite = self.series("val.loss")?.iter().filter(|(_, value)| value.is_finite());
        let lowest = finite.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((lowest.0, "lowest val.loss"))
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
        contents.read_events(run);
        match run.metrics() {
            Ok(metrics) => {
                for it in metrics {
                    if it.phase.is_empty() {
                        contents.of_run.push((it.name, it.value));
                        continue;
                    }
                    let kind = if it.epoch.is_some() { Kind::Train } else { Kind::Eval };
                    contents.in_phase(&it.phase, kind, |phase| match it.epoch {
                        Some(epoch) => {
                            if it.step.is_some() {
                                phase.by_step.insert(it.name.clone());
                            }
                            put(&mut phase.series, it.name, (epoch, it.value));
                        }
                        None => phase.values.push((it.name, it.value)),
                    });
                }
            }
            Err(error) => contents.unread.push(error.to_string()),
        }
        match run.analyses() {
            Ok(analyses) => contents.analyses = analyses,
            Err(error) => contents.unread.push(error.to_string()),
        }
        contents
    }

    fn read_events(&mut self, run: &RunRecord) {
        let events = match run.events() {
            Ok(events) => events,
            Err(error) => return self.unread.push(error.to_string()),
        };
        let (mut first, mut last) = (None, None);
        for event in events {
            let event = match event {
                Ok(event) => event,
                // One line tells enough; there may be thousands.
                Err(error) => return self.unread.push(error.to_string()),
            };
            let began = *first.get_or_insert(event.time);
            last = Some(event.time);
            self.take(&event, began);
        }
        self.seconds = first.zip(last).map(|(first, last)| (last - first).max(0.0));
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
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an epoch that was counted")]
                let best = event.number("best_epoch").map(|epoch| epoch as usize);
                let nodes = event.more.get("nodes").and_then(Json::as_array).into_iter().flatten();
                self.in_phase(name, Kind::Eval, |phase| {
                    phase.state = State::Ended;
                    phase.seconds = phase.began.map(|began| (event.time - began).max(0.0));
                    phase.best_epoch = best;
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
        let mut phase = Phase::new(name, kind);
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
        let kind = phase.get("kind")?.as_object()?.keys().find_map(|key| kinds.get(key.as_str()))?;
        Some(Phase::new(phase.get("name")?.as_str()?, *kind))
    };
    declared.filter_map(phase).collect()
}

fn put(series: &mut Vec<(String, Vec<(usize, f64)>)>, name: String, value: (usize, f64)) {
    match series.iter_mut().find(|(known, _)| *known == name) {
        Some((_, values)) => match values.last_mut() {
            Some(last) if last.0 == value.0 => *last = value,
            _ => values.push(value),
        },
        None => series.push((name, vec![value])),
    }
}
