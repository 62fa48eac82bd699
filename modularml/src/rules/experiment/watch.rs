//! Rules at callbacks, early stopping and plateaus among them.

use super::context::Context;
use super::term::term;
use crate::rules::part::Part;
use crate::spec::{ExperimentSpec, PhaseKind, Value, WatchSpec};
use crate::text::{Message, Names, Verdict, contains, unknown};

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
    let message = Message::new().name(watch.callback.name).text(" watches values of `val`, which train phases have; ");
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
            .text(" watches one value of `val`, found ")
            .count(found)
            .text("; write for example ")
            .text(name)
            .text("..(val.loss)"),
        _ => {
            let message = message.text(" watches ").count(wanted).text(" values of `val`, found ").count(found);
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
        PhaseKind::Train(train) if train.val.is_none() => {
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

/// What a callback watches is measured by `val`.
pub const fn measured(context: Context<'_>, phase: usize, callback: usize, slot: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(watch) = watching(experiment, phase, callback) else { return Ok(()) };
    let watches = watch.watches.items()[slot];
    let Some(val) = &train.val else {
        let message = Message::new().text("train ").name(spec.name).text(" watches val.").text(watches);
        return Err(message.text(" but has no val; add: validate on val every 1 epoch { .. }"));
    };
    let metrics = val.eval.metrics.items();
    let place = Message::new().text("in val of train ").name(spec.name);
    if let Some(verdict) = term(&val.eval, watches, place) {
        return verdict;
    }
    let mut names = Names::NONE;
    if !val.eval.loss.is_empty() {
        names = names.with("loss");
    }
    let mut i = 0;
    while i < metrics.len() {
        names = names.with(metrics[i].name);
        i += 1;
    }
    if contains(names.as_slice(), watches) {
        return Ok(());
    }
    Err(unknown("metric", watches, place, "metrics", &names))
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
    let (Some(watch), Some(val)) = (watching(experiment, phase, callback), &train.val) else { return Ok(()) };
    if let Value::Int(patience) = watch.callback.settings.get("patience")
        && train.epochs > 0
        && patience > 0
        && patience.saturating_mul(val.every as i64) >= train.epochs as i64
    {
        let message = Message::new().text("patience ").int(patience).text(" never runs out in train ");
        let message = message.name(spec.name).text(" of ").count(train.epochs).text(" epochs");
        let message =
            if val.every > 1 { message.text(" with val every ").count(val.every).text(" epochs") } else { message };
        return Err(message.text("; use less"));
    }
    Ok(())
}
