//! Rules at what is allowed on purpose: it would be refused otherwise, so that no permission stands behind its reason.

use super::context::Context;
use super::effect::is_used;
use super::learning::stays_random;
use super::names::{knows_splits, split_name};
use super::rate::ends_in_time;
use super::split::{chosen_group, together};
use super::threshold;
use super::validation::decider;
use crate::plan::lineage::fed_with_rows_of;
use crate::plan::lookup::{input_named, node_named};
use crate::plan::operand::push_phase;
use crate::plan::site::{evaluation as evaluation_at, validated_split, validation};
use crate::rules::graph::align::of_left;
use crate::rules::part::Part;
use crate::spec::{EvalSpec, ExperimentSpec, PhaseKind, TrainSpec};
use crate::text::{Message, Verdict};

/// Where rows that belong together may be parted, the splitter would be refused otherwise.
pub const fn ungrouped(context: Context<'_>, split: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    if !spec.rows_are_independent || together(experiment, spec).is_err() {
        return Ok(());
    }
    if input_named(&experiment.graph, spec.input).is_none() || of_left(&experiment.graph, spec.input, "split").is_err()
    {
        return Ok(());
    }
    let message = Message::new().text("#[allow(ungrouped)] permits nothing here: ").text(spec.splitter.name);
    let message = match chosen_group(&spec.splitter) {
        Some(key) => message.text(" keeps rows of equal ").name(key).text(" together"),
        None => message.text(" parts no rows of ").name(spec.input).text(" that belong together"),
    };
    Err(message.text("; remove it"))
}

/// Where splits may be used by nothing, none of them is used.
pub const fn unused(context: Context<'_>, split: usize) -> Verdict {
    let spec = &context.experiment.splits.items()[split];
    if !spec.unused || is_used(context, split).is_err() {
        return Ok(());
    }
    let message = Message::new().text("#[allow(unused)] permits nothing here: a split of this statement is used; ");
    Err(message.text("remove it"))
}

/// Where nodes may be frozen that no earlier phase trains, there is one.
pub const fn untrained(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let mut i = 0;
    while i < train.freeze.len() {
        match node_named(&context.experiment.graph, train.freeze.items()[i]) {
            Some(node) if !stays_random(context, phase, node) => i += 1,
            _ => return Ok(()),
        }
    }
    if !train.frozen_as_initialised {
        return Ok(());
    }
    let message = Message::new().text("#[allow(untrained)] permits nothing here: train ").name(spec.name);
    Err(message.text(" freezes no node that learns by steps and is not trained by an earlier phase; remove it"))
}

/// Where a phase may end before its last rate does, it does.
pub const fn unfinished(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(TrainSpec { rate: Some(course), epochs, .. }) = &spec.kind else { return Ok(()) };
    if !course.unfinished {
        return Ok(());
    }
    let last = course.rates.len().saturating_sub(1);
    let parts = Part::WHOLE;
    let mut i = 0;
    while i < parts.len() {
        if ends_in_time(spec.name, *epochs, course, last, parts[i]).is_err() {
            return Ok(());
        }
        i += 1;
    }
    let message = Message::new().text("#[allow(unfinished)] permits nothing here: train ").name(spec.name);
    Err(message.text(" does not end before its last rate; remove it"))
}

/// Where rows may be measured that a phase learns from, such rows are measured.
pub const fn training_rows(context: Context<'_>, phase: usize, evaluation: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let Some(EvalSpec { on_training_rows: true, .. }) = evaluation_at(experiment, phase, evaluation) else {
        return Ok(());
    };
    if !knows_splits(experiment) {
        return Ok(());
    }
    let val = validation(experiment, phase, evaluation);
    let feeds = spec.feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        let is_seen = match val {
            // A split that is not known has a message of its own.
            Some(val) if split_name(experiment, feeds[i].input, validated_split(val, feeds[i].input)).is_err() => true,
            Some(val) => trains_on(experiment, feeds[i].input, validated_split(val, feeds[i].input)),
            None => {
                trains_on(experiment, feeds[i].input, feeds[i].split)
                    || steers(experiment, phase, feeds[i].input)
                    || threshold::is_seen(context, phase, feeds[i].input)
            }
        };
        if is_seen {
            return Ok(());
        }
        i += 1;
    }
    let message = Message::new().text("#[allow(training_rows)] permits nothing here: ");
    let message = push_phase(message, spec, Some(evaluation));
    Err(message.text(" measures no rows that a phase learns from; remove it"))
}

/// Whether a train or fit phase is fed with rows of a split.
const fn trains_on(experiment: &ExperimentSpec, input: &str, split: &str) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if !matches!(phases[i].kind, PhaseKind::Eval(_)) && fed_with_rows_of(experiment, i, input, split).is_some() {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether rows that an eval phase measures steer training: a callback watches them, or a scaler is fitted on them.
const fn steers(experiment: &ExperimentSpec, phase: usize, input: &str) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Train(train) = &phases[i].kind {
            let (validations, mut at) = (train.validations.items(), 0);
            while at < validations.len() {
                let split = validated_split(&validations[at], input);
                if decider(train, validations[at].name).is_some()
                    && fed_with_rows_of(experiment, phase, input, split).is_some()
                {
                    return true;
                }
                at += 1;
            }
        }
        i += 1;
    }
    let mut i = 0;
    while i < experiment.scales.len() {
        let scale = &experiment.scales.items()[i];
        if fed_with_rows_of(experiment, phase, scale.input, scale.fitted_on).is_some() {
            return true;
        }
        i += 1;
    }
    false
}
