//! Rules at the statements of a train phase: epochs, accumulation, clipping and the schedule.

use super::context::Context;
use super::measure::rows;
use crate::plan::lookup::row_source;
use crate::plan::operand::{Named, named};
use crate::plan::site::Site;
use crate::rules::part::Part;
use crate::spec::{PhaseKind, Takes, TrainSpec};
use crate::text::{BitSet, Message, Names, Verdict};

/// `epochs` is at least 1.
pub const fn epochs(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(train) if train.epochs == 0 => {
            let message = Message::new().text("epochs = 0 in train ").name(spec.name);
            Err(message.text(": must be at least 1; remove the phase to skip it"))
        }
        _ => Ok(()),
    }
}

/// `accumulate` is at least 1.
pub const fn accumulate(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(train) if train.accumulate == 0 => {
            let message = Message::new().text("accumulate = 0 in train ").name(spec.name);
            Err(message.text(": must be at least 1; remove the statement to change parameters after every batch"))
        }
        _ => Ok(()),
    }
}

/// The settings of a clip lie in their ranges.
pub const fn clip(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { clip: Some(clip), .. }) => part.in_range(&clip.settings, clip.name),
        _ => Ok(()),
    }
}

/// The settings of a schedule lie in their ranges.
pub const fn schedule(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { schedule: Some(schedule), .. }) => {
            part.in_range(&schedule.settings, schedule.name)
        }
        _ => Ok(()),
    }
}

/// A schedule orders several feeds.
pub const fn several_feeds(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.is_name() {
        return Ok(());
    }
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(TrainSpec { schedule: Some(schedule), .. }) if spec.feeds.len() < 2 => {
            let message = Message::new().text(schedule.name).text(" orders the batches of several feeds, but train ");
            Err(message.name(spec.name).text(" has ").count(spec.feeds.len()).text("; remove the statement"))
        }
        _ => Ok(()),
    }
}

/// Where feeds take turns, a loss needs the rows of one of them.
pub const fn turn(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    if !part.is_name() {
        return Ok(());
    }
    let Site::Loss(term) = site else { return Ok(()) };
    let graph = &experiment.graph;
    let PhaseKind::Train(train) = &experiment.phases.items()[phase].kind else { return Ok(()) };
    let Some(schedule) = &train.schedule else { return Ok(()) };
    let loss = &train.loss.items()[term];
    let operands = loss.inputs.items();
    let mut needed = BitSet::EMPTY;
    let mut i = 0;
    while i < operands.len() && schedule.alternates {
        match named(graph, &operands[i]) {
            Named::Node(_) if i < loss.loss.inputs.len() && matches!(loss.loss.inputs[i].takes, Takes::Parameters) => {}
            Named::Node(node) => needed.insert_all(&wiring.rows(node)),
            Named::Column { input, .. } => needed.insert(row_source(graph, input)),
            Named::Unknown => {}
        }
        i += 1;
    }
    // Rows that do not belong together are told as such; another schedule would not help.
    if needed.len() <= 1 || rows(context, phase, site).is_err() {
        return Ok(());
    }
    let inputs = graph.inputs.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < inputs.len() {
        if needed.contains(i) {
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
