//! The value that decides what is chosen.

use super::site::{evaluation, validated_split};
use crate::spec::term::{has_label, label_in};
use crate::spec::{ChooseSpec, EvalSpec, ExperimentSpec, PhaseKind};
use crate::text::{Name, same};

/// A value that a phase measures: `rmse` of `regress.val.rmse`, or of `unseen.rmse`.
#[derive(Clone, Copy)]
pub(crate) struct Criterion {
    /// The phase, by its place.
    pub phase: usize,
    /// Whether `validate` measures it.
    pub in_val: bool,
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
    let in_val = matches!(experiment.phases.items()[phase].kind, PhaseKind::Train(_));
    let Some(eval) = evaluation(experiment, phase) else { return None };
    let at = if in_val { 2 } else { 1 };
    if path.len() != at + 1 || in_val && !same(path[1], "val") || higher_is_better(eval, path[at]).is_none() {
        return None;
    }
    Some(Criterion { phase, in_val, name: path[at] })
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
        if same(metrics[i].name, name) && metrics[i].metric.gives.is_number() {
            return Some(metrics[i].metric.higher_is_better);
        }
        i += 1;
    }
    None
}

/// The split whose rows a phase measures of the input that a feed gives.
pub(crate) const fn measured_split(experiment: &ExperimentSpec, phase: usize, feed: usize) -> Name {
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(train) => match &train.val {
            Some(val) => validated_split(val, spec.feeds.items()[feed].input),
            None => spec.feeds.items()[feed].split,
        },
        PhaseKind::Eval(_) | PhaseKind::Fit(_) => spec.feeds.items()[feed].split,
    }
}
