//! Rules at early stopping and at plateaus.

use super::context::Context;
use crate::rules::part::Part;
use crate::spec::{PhaseKind, Settings, TrainSpec, Value};
use crate::text::{Message, Name, Names, Verdict, contains, same, unknown};

/// What acts on a value of `val`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// `stop = EarlyStopping::..`
    Stop,
    /// `reduce = ReduceOnPlateau::..`
    Reduce,
}

/// What watches in a train phase, where it is there.
struct Watching {
    component: Name,
    settings: Settings,
    /// The name that it watches.
    watches: Name,
}

const fn watching(train: &TrainSpec, by: Watcher) -> Option<Watching> {
    match (by, &train.stop, &train.reduce) {
        (Watcher::Stop, Some(stop), _) => {
            let settings = stop.stopping.settings();
            Some(Watching { component: "EarlyStopping", settings, watches: stop.watches })
        }
        (Watcher::Reduce, _, Some(reduce)) => {
            let settings = reduce.reducing.settings();
            Some(Watching { component: "ReduceOnPlateau", settings, watches: reduce.watches })
        }
        _ => None,
    }
}

/// The settings of early stopping or of a plateau lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, by: Watcher, part: Part<'_>) -> Verdict {
    let PhaseKind::Train(train) = &context.experiment.phases.items()[phase].kind else { return Ok(()) };
    match watching(train, by) {
        Some(watching) => part.in_range(&watching.settings, watching.component),
        None => Ok(()),
    }
}

/// What early stopping or a plateau watches is measured by `val`.
pub const fn measured(context: Context<'_>, phase: usize, by: Watcher) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(Watching { watches, .. }) = watching(train, by) else { return Ok(()) };
    let Some(val) = &train.val else {
        let message = Message::new().text("train ").name(spec.name).text(match by {
            Watcher::Stop => " stops early but has no val; add: ",
            Watcher::Reduce => " reduces its rate on a plateau but has no val; add: ",
        });
        return Err(message.text("validate on val every 1 epoch { .. }"));
    };
    let metrics = val.eval.metrics.items();
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
    let place = Message::new().text("in val of train ").name(spec.name);
    Err(unknown("metric", watches, place, "metrics", &names))
}

/// The patience of early stopping or a plateau can run out.
#[allow(clippy::cast_possible_wrap, reason = "epochs are far below i64::MAX")]
pub const fn patience(context: Context<'_>, phase: usize, by: Watcher, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.holds("patience") {
        return Ok(());
    }
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let (Some(Watching { settings, .. }), Some(val)) = (watching(train, by), &train.val) else { return Ok(()) };
    if let Value::Int(patience) = settings.get("patience")
        && train.epochs > 0
        && patience > 0
        && patience.saturating_mul(val.every as i64) >= train.epochs as i64
    {
        let message = Message::new().text("patience ").int(patience).text(match by {
            Watcher::Stop => " never ends train ",
            Watcher::Reduce => " never reduces the rate of train ",
        });
        let message = message.name(spec.name).text(" of ").count(train.epochs).text(" epochs");
        let message =
            if val.every > 1 { message.text(" with val every ").count(val.every).text(" epochs") } else { message };
        return Err(message.text("; use less"));
    }
    Ok(())
}

/// `.max()` is said of a value that is better when higher.
pub const fn max(context: Context<'_>, phase: usize, by: Watcher, part: Part<'_>) -> Verdict {
    let Some(stop) = said(context, phase, by, part, "max") else { return Ok(()) };
    if stop.higher_is_better {
        return Ok(());
    }
    Err(stop.message.text("lower, but EarlyStopping maximises it; remove .max()"))
}

/// `.min()` is said of a value that is better when lower.
pub const fn min(context: Context<'_>, phase: usize, by: Watcher, part: Part<'_>) -> Verdict {
    let Some(stop) = said(context, phase, by, part, "min") else { return Ok(()) };
    if !stop.higher_is_better {
        return Ok(());
    }
    Err(stop.message.text("higher, but EarlyStopping minimises it; remove .min()"))
}

/// What is said of the value that early stopping watches.
struct Said {
    higher_is_better: bool,
    message: Message,
}

const fn said(context: Context<'_>, phase: usize, by: Watcher, part: Part<'_>, setting: &str) -> Option<Said> {
    let PhaseKind::Train(train) = &context.experiment.phases.items()[phase].kind else { return None };
    let (Some(Watching { settings, watches, .. }), Some(val)) = (watching(train, by), &train.val) else { return None };
    if !part.holds(setting) || !matches!(settings.get(setting), Value::Bool(true)) {
        return None;
    }
    let mut higher_is_better = false;
    let metrics = val.eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if same(metrics[i].name, watches) {
            higher_is_better = metrics[i].metric.higher_is_better;
        }
        i += 1;
    }
    let message = Message::new().text("val.").text(watches).text(" is better when ");
    Some(Said { higher_is_better, message })
}
