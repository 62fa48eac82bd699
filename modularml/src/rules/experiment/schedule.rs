//! Rules about schedules, epochs, evaluation during training, early stopping and which rows are measured.

use super::data::shares_rows;
use crate::plan::lineage::{fed_with_rows_of, share_rows};
use crate::plan::lookup::row_source;
use crate::plan::operand::{Named, named};
use crate::plan::wiring::Wiring;
use crate::spec::{ExperimentSpec, PhaseKind, Settings, Takes, TrainSpec, Value};
use crate::text::{Message, Name, Names, Verdict, same, unknown};

/// Rule at `epochs`: at least 1.
pub const fn epochs(experiment: &ExperimentSpec, phase: usize) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(train) if train.epochs == 0 => {
            let message = Message::new().text("epochs = 0 in train ").name(spec.name);
            Err(message.text(": must be at least 1; remove the phase to skip it"))
        }
        _ => Ok(()),
    }
}

/// Rule at the schedule of a train phase: it orders several feeds.
pub const fn schedule(experiment: &ExperimentSpec, phase: usize) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(TrainSpec { schedule: Some(schedule), .. }) if spec.feeds.len() < 2 => {
            let message = Message::new().text(schedule.name).text(" orders the batches of several feeds, but train ");
            Err(message.name(spec.name).text(" has ").count(spec.feeds.len()).text("; remove the statement"))
        }
        _ => Ok(()),
    }
}

/// Rule at a loss of a train phase: where feeds take turns, it needs the rows of one of them.
pub const fn turn(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, term: usize) -> Verdict {
    let graph = &experiment.graph;
    let PhaseKind::Train(train) = &experiment.phases.items()[phase].kind else { return Ok(()) };
    let Some(schedule) = &train.schedule else { return Ok(()) };
    let loss = &train.loss.items()[term];
    let operands = loss.inputs.items();
    let mut needed = 0;
    let mut i = 0;
    while i < operands.len() && schedule.alternates {
        match named(graph, &operands[i]) {
            Named::Node(_) if i < loss.loss.inputs.len() && matches!(loss.loss.inputs[i].takes, Takes::Parameters) => {}
            Named::Node(node) => needed |= wiring.rows(node),
            Named::Column { input, .. } => needed |= 1 << (row_source(graph, input) & 63),
            Named::Unknown => {}
        }
        i += 1;
    }
    if needed & needed.wrapping_sub(1) == 0 {
        return Ok(());
    }
    let inputs = graph.inputs.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < inputs.len() {
        if needed >> (i & 63) & 1 == 1 {
            names = names.with(inputs[i].name);
        }
        i += 1;
    }
    let message = Message::new().text(loss.loss.name).text(" needs rows of ").list(names.as_slice());
    Err(message
        .text(" in one step, and ")
        .text(schedule.name)
        .text(" feeds one of them; use Zip, or one loss an input"))
}

/// Rule at `every n epochs`: at least 1, and not more than the phase has.
pub const fn every(experiment: &ExperimentSpec, phase: usize) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(val) = &train.val else { return Ok(()) };
    if val.every >= 1 && (val.every <= train.epochs || train.epochs == 0) {
        return Ok(());
    }
    let message = Message::new().text("every ").count(val.every).text(" epochs: train ").name(spec.name);
    Err(message.text(" has ").count(train.epochs).text(", so val would never run; use 1 to ").count(train.epochs))
}

/// Rule at the split of `val`: no eval phase reports the rows that choose the best epoch.
pub const fn val_split(experiment: &ExperimentSpec, phase: usize) -> Verdict {
    let phases = experiment.phases.items();
    let PhaseKind::Train(train) = &phases[phase].kind else { return Ok(()) };
    let Some(val) = &train.val else { return Ok(()) };
    let feeds = phases[phase].feeds.items();
    let mut f = 0;
    while f < feeds.len() {
        if share_rows(experiment, feeds[f].input, feeds[f].split, val.split) && !val.eval.on_training_rows {
            let message =
                Message::new().text("val of train ").name(phases[phase].name).text(" measures ").name(val.split);
            let message = shares_rows(message, val.split, feeds[f].split);
            return Err(message.text(", the rows that it learns from; use another split, or the word on_training_rows"));
        }
        let mut i = 0;
        while i < phases.len() {
            if (train.stop.is_some() || train.reduce.is_some())
                && let PhaseKind::Eval(eval) = &phases[i].kind
                && !eval.on_training_rows
                && let Some(measured) = fed_with_rows_of(experiment, i, feeds[f].input, val.split)
            {
                let message =
                    shares_rows(Message::new().name(val.split), val.split, measured).text(if train.stop.is_some() {
                        " chooses the best epoch of train "
                    } else {
                        " sets the learning rate of train "
                    });
                let message = message.name(phases[phase].name).text(" and is reported by eval ").name(phases[i].name);
                return Err(message.text(", which would be biased; validate on another split"));
            }
            i += 1;
        }
        f += 1;
    }
    Ok(())
}

/// Rule at the split of a feed in an eval phase: no train or fit phase learns from those rows.
pub const fn eval_split(experiment: &ExperimentSpec, phase: usize, feed: usize) -> Verdict {
    let phases = experiment.phases.items();
    let PhaseKind::Eval(eval) = &phases[phase].kind else { return Ok(()) };
    if eval.on_training_rows {
        return Ok(());
    }
    let feed = &phases[phase].feeds.items()[feed];
    let mut i = 0;
    while i < phases.len() {
        if !matches!(phases[i].kind, PhaseKind::Eval(_))
            && let Some(learned) = fed_with_rows_of(experiment, i, feed.input, feed.split)
        {
            let message = Message::new().text("eval ").name(phases[phase].name).text(" measures ").name(feed.split);
            let message = shares_rows(message, feed.split, learned);
            let message = message.text(", the rows that ").name(phases[i].name);
            return Err(message.text(" learns from; use another split, or the word on_training_rows"));
        }
        i += 1;
    }
    Ok(())
}

/// What acts on a value of `val`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// `stop = EarlyStopping::..`
    Stop,
    /// `reduce = ReduceOnPlateau::..`
    Reduce,
}

impl Watcher {
    /// Its settings in a train phase and the name that it watches, where the phase has it.
    const fn of(self, train: &TrainSpec) -> Option<(Settings, Name)> {
        match (self, &train.stop, &train.reduce) {
            (Self::Stop, Some(stop), _) => Some((stop.stopping.settings(), stop.watches)),
            (Self::Reduce, _, Some(reduce)) => Some((reduce.reducing.settings(), reduce.watches)),
            _ => None,
        }
    }
}

/// Rule at what early stopping or a plateau watches: `val` measures it.
pub const fn watched_name(experiment: &ExperimentSpec, phase: usize, by: Watcher) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some((_, watches)) = by.of(train) else { return Ok(()) };
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
    if crate::text::contains(names.as_slice(), watches) {
        return Ok(());
    }
    let place = Message::new().text("in val of train ").name(spec.name);
    Err(unknown("metric", watches, place, "metrics", &names))
}

/// Rule at the patience of early stopping or a plateau: it can run out.
#[allow(clippy::cast_possible_wrap, reason = "epochs are far below i64::MAX")]
pub const fn patience(experiment: &ExperimentSpec, phase: usize, by: Watcher) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let (Some((settings, _)), Some(val)) = (by.of(train), &train.val) else { return Ok(()) };
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

/// Rule at the direction of early stopping, where it is said: it is the one in which the watched value gets better.
pub const fn direction(experiment: &ExperimentSpec, phase: usize) -> Verdict {
    let PhaseKind::Train(train) = &experiment.phases.items()[phase].kind else { return Ok(()) };
    let (Some(stop), Some(val)) = (&train.stop, &train.val) else { return Ok(()) };
    let settings = stop.stopping.settings();
    let (minimises, maximises) =
        (matches!(settings.get("min"), Value::Bool(true)), matches!(settings.get("max"), Value::Bool(true)));
    let mut higher_is_better = false;
    let metrics = val.eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if same(metrics[i].name, stop.watches) {
            higher_is_better = metrics[i].metric.higher_is_better;
        }
        i += 1;
    }
    let message = Message::new().text("val.").text(stop.watches).text(" is better when ");
    if maximises && !higher_is_better {
        return Err(message.text("lower, but EarlyStopping maximises it; remove .max()"));
    }
    if minimises && higher_is_better {
        return Err(message.text("higher, but EarlyStopping minimises it; remove .min()"));
    }
    Ok(())
}
