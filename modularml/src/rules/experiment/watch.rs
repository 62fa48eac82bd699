//! Rules at callbacks, early stopping and plateaus among them.

use super::context::Context;
use super::term::term;
use crate::plan::operand::push_phase;
use crate::plan::site::{validation_named, validations};
use crate::rules::part::Part;
use crate::spec::callback::{VAL, in_evaluation};
use crate::spec::{EvalSpec, ExperimentSpec, PhaseKind, PhaseSpec, TrainSpec, ValidationSpec, Value, WatchSpec};
use crate::text::{Message, Name, Names, Verdict, same, unknown};

const fn watching(experiment: &ExperimentSpec, phase: usize, callback: usize) -> Option<&WatchSpec> {
    match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => Some(&train.callbacks.items()[callback]),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => None,
    }
}

/// The settings of a callback that follows the whole run lie in their ranges.
pub const fn run_settings(context: Context<'_>, callback: usize, part: Part<'_>) -> Verdict {
    let spec = &context.experiment.callbacks.items()[callback].callback;
    part.in_range(&spec.settings, spec.name)
}

/// What follows the whole run watches nothing.
pub const fn run_watches(context: Context<'_>, callback: usize, part: Part<'_>) -> Verdict {
    let watch = &context.experiment.callbacks.items()[callback];
    if !part.is_name() || (watch.callback.watches == 0 && watch.watches.is_empty()) {
        return Ok(());
    }
    let message =
        Message::new().name(watch.callback.name).text(" watches values of evaluations, which train phases have; ");
    Err(message.text("move it to the callbacks of a train phase"))
}

/// A callback watches as many values as it is made for.
pub const fn count(context: Context<'_>, phase: usize, callback: usize, part: Part<'_>) -> Verdict {
    let Some(watch) = watching(context.experiment, phase, callback) else { return Ok(()) };
    let (wanted, found) = (watch.callback.watches, watch.watches.len());
    if !part.is_name() || wanted == found {
        return Ok(());
    }
    let name = watch.callback.name;
    let message = Message::new().name(name);
    Err(match wanted {
        0 => message.text(" watches nothing; write it without the brackets behind it"),
        1 => message
            .text(" watches one value of an evaluation, found ")
            .count(found)
            .text("; write for example ")
            .text(name)
            .text("..(val.loss)"),
        _ => {
            let message = message.text(" watches ").count(wanted).text(" values of evaluations, found ").count(found);
            message.text("; write them in one pair of brackets: (val.loss, ..)")
        }
    })
}

/// A callback that works on what `validate` measures follows a phase that has it.
pub const fn val(context: Context<'_>, phase: usize, callback: usize, part: Part<'_>) -> Verdict {
    let Some(watch) = watching(context.experiment, phase, callback) else { return Ok(()) };
    let spec = &context.experiment.phases.items()[phase];
    // Without what it watches that is told where it stands.
    if !part.is_name() || !watch.callback.needs_val || !watch.watches.is_empty() {
        return Ok(());
    }
    match &spec.kind {
        PhaseKind::Train(train) if train.validations.is_empty() => {
            let message =
                Message::new().name(watch.callback.name).text(" needs the rows that `validate` measures, and train ");
            Err(message.name(spec.name).text(" has no val; add: validate on val every 1 epoch { .. }"))
        }
        _ => Ok(()),
    }
}

/// The settings of a callback lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, callback: usize, part: Part<'_>) -> Verdict {
    match watching(context.experiment, phase, callback) {
        Some(watch) => part.in_range(&watch.callback.settings, watch.callback.name),
        None => Ok(()),
    }
}

/// The evaluation of a value that a callback watches, and its name there; none of what is not behind the name of one.
const fn watched(train: &TrainSpec, watched: Name) -> Option<(usize, Name)> {
    match in_evaluation(watched) {
        Some((evaluation, name)) => match validation_named(train, evaluation) {
            Some(at) => Some((at, name)),
            None => None,
        },
        None => None,
    }
}

/// What a callback watches stands behind the name of an evaluation of its phase.
pub const fn evaluation(context: Context<'_>, phase: usize, callback: usize, slot: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(watch) = watching(context.experiment, phase, callback) else { return Ok(()) };
    let path = watch.watches.items()[slot];
    let Some((evaluation, _)) = in_evaluation(path) else {
        let message = Message::new().text(watch.callback.name).text(" watches a value of an evaluation, found ");
        return Err(message.name(path).text("; write the evaluation before it, for example val.").text(path));
    };
    if validation_named(train, evaluation).is_some() {
        return Ok(());
    }
    if train.validations.is_empty() {
        let message = Message::new().text("train ").name(spec.name).text(" watches ").text(path).text(" but has no ");
        let message = message.text(evaluation).text("; add: validate ");
        let message = if same(evaluation, VAL) { message } else { message.text(evaluation).text(" ") };
        return Err(message.text("on val every 1 epoch { .. }"));
    }
    Err(no_evaluation(spec, evaluation))
}

/// "no evaluation `fra` in train `regress`; did you mean `far`?"
pub(super) const fn no_evaluation(spec: &PhaseSpec, wrong: &str) -> Message {
    let (validations, mut names, mut i) = (validations(spec), Names::NONE, 0);
    while i < validations.len() {
        names = names.with(validations[i].name);
        i += 1;
    }
    unknown("evaluation", wrong, Message::new().text("in train ").name(spec.name), "evaluations", &names)
}

/// What a callback watches is measured by its evaluation.
pub const fn measured(context: Context<'_>, phase: usize, callback: usize, slot: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(watch) = watching(context.experiment, phase, callback) else { return Ok(()) };
    // Without its evaluation that is told.
    let Some((at, name)) = watched(train, watch.watches.items()[slot]) else { return Ok(()) };
    let validation = &train.validations.items()[at];
    let place = push_phase(Message::new().text("in "), spec, Some(at));
    if let Some(verdict) = term(&validation.eval, name, place) {
        return verdict;
    }
    if is_measured(&validation.eval, name) {
        return Ok(());
    }
    let (metrics, mut names, mut i) = (validation.eval.metrics.items(), Names::NONE, 0);
    if !validation.eval.loss.is_empty() {
        names = names.with("loss");
    }
    while i < metrics.len() {
        names = names.with(metrics[i].name);
        i += 1;
    }
    let message = unknown("metric", name, place, "metrics", &names);
    Err(elsewhere(message, train, name))
}

const fn is_measured(eval: &EvalSpec, name: &str) -> bool {
    let (metrics, mut i) = (eval.metrics.items(), 0);
    while i < metrics.len() {
        if same(metrics[i].name, name) {
            return true;
        }
        i += 1;
    }
    same(name, "loss") && !eval.loss.is_empty()
}

/// Appends "; `rmse` is measured by `far`" where an evaluation of the phase measures what another one does not.
pub(super) const fn elsewhere(message: Message, train: &TrainSpec, name: &str) -> Message {
    let (validations, mut i) = (train.validations.items(), 0);
    while i < validations.len() {
        if is_measured(&validations[i].eval, name) {
            return message.text("; ").name(name).text(" is measured by ").name(validations[i].name);
        }
        i += 1;
    }
    message
}

/// The patience of early stopping or a plateau can run out.
#[allow(clippy::cast_possible_wrap, reason = "epochs are far below i64::MAX")]
pub const fn patience(context: Context<'_>, phase: usize, callback: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("patience") {
        return Ok(());
    }
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(watch) = watching(experiment, phase, callback) else { return Ok(()) };
    if watch.watches.is_empty() {
        return Ok(());
    }
    let Some((at, _)) = watched(train, watch.watches.items()[0]) else { return Ok(()) };
    let ValidationSpec { name, every, .. } = &train.validations.items()[at];
    if let Value::Int(patience) = watch.callback.settings.get("patience")
        && train.epochs > 0
        && patience > 0
        && patience.saturating_mul(*every as i64) >= train.epochs as i64
    {
        let message = Message::new().text("patience ").int(patience).text(" never runs out in train ");
        let message = message.name(spec.name).text(" of ").count(train.epochs).text(" epochs");
        let message = if *every > 1 {
            message.text(" with ").text(name).text(" every ").count(*every).text(" epochs")
        } else {
            message
        };
        return Err(message.text("; use less"));
    }
    Ok(())
}
