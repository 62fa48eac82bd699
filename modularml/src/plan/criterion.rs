//! The value that decides what is chosen.

use super::site::{evaluation, validated_split, validation_named, validations};
use crate::spec::term::{has_label, label_in};
use crate::spec::{ChooseSpec, EvalSpec, ExperimentSpec, PhaseKind};
use crate::text::{Name, same};

/// A value that a phase measures: `rmse` of `regress.val.rmse`, or of `unseen.rmse`.
#[derive(Clone, Copy)]
pub(crate) struct Criterion {
    /// The phase, by its place.
    pub phase: usize,
    /// Which of the evaluations of the phase measures it, by its place; an eval phase has one.
    pub evaluation: usize,
    /// The name of that evaluation, where it is one of a train phase.
    pub validation: Option<Name>,
    /// Its name; `loss` is that of the loss, `terms.recon` that of a term of it.
    pub name: Name,
}

/// The value that a choice is made by; none where it names no such value.
pub(crate) const fn criterion(experiment: &ExperimentSpec, choose: &ChooseSpec) -> Option<Criterion> {
    let path = choose.by.items();
    if path.is_empty() {
        return None;
    }
    let Some(phase) = phase_named(experiment, path[0]) else { return None };
    let (place, validation, name) = match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) if path.len() == 3 => match validation_named(train, path[1]) {
            Some(place) => (place, Some(path[1]), path[2]),
            None => return None,
        },
        PhaseKind::Eval(_) if path.len() == 2 => (0, None, path[1]),
        _ => return None,
    };
    let Some(eval) = evaluation(experiment, phase, place) else { return None };
    if higher_is_better(eval, name).is_none() {
        return None;
    }
    Some(Criterion { phase, evaluation: place, validation, name })
}

/// The phase of a name.
pub(crate) const fn phase_named(experiment: &ExperimentSpec, name: &str) -> Option<usize> {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if same(phases[i].name, name) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Whether a higher value is better, of a number that is measured under a name; none where there is none.
pub(crate) const fn higher_is_better(eval: &EvalSpec, name: &str) -> Option<bool> {
    if same(name, "loss") && !eval.loss.is_empty() {
        return Some(false);
    }
    if let Some(label) = label_in(name) {
        return if has_label(eval.loss.items(), label) { Some(false) } else { None };
    }
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if same(metrics[i].name, name) && metrics[i].metric.gives.is_number() && metrics[i].chosen_on.is_none() {
            return Some(metrics[i].metric.higher_is_better);
        }
        i += 1;
    }
    None
}

/// The split whose rows an evaluation of a phase measures of the input that a feed of the phase gives.
pub(crate) const fn measured_split(experiment: &ExperimentSpec, phase: usize, evaluation: usize, feed: usize) -> Name {
    let spec = &experiment.phases.items()[phase];
    let validations = validations(spec);
    let feed = &spec.feeds.items()[feed];
    if evaluation < validations.len() { validated_split(&validations[evaluation], feed.input) } else { feed.split }
}
