//! Rules at the evaluations of train phases.

use super::context::Context;
use super::names::{shares_rows, split_name, split_names};
use crate::plan::lineage::{fed_with_rows_of, folds_of, share_rows};
use crate::plan::lookup::row_source_name;
use crate::plan::operand::push_phase;
use crate::plan::site::{FeedSite, feed_at, feed_of, validated_split, validation};
use crate::spec::callback::{VAL, in_evaluation};
use crate::spec::{ExperimentSpec, PhaseKind, TrainSpec, ValidationSpec};
use crate::text::{Message, Name, Verdict, contains, same};

/// Names that stand beside those of evaluations in what a train phase reports and records: results, terms of the loss, and
/// what built-in callbacks leave behind.
const RESERVED: [&str; 15] = [
    "loss",
    "step_loss",
    "step",
    "terms",
    "step_terms",
    "epoch",
    "epochs",
    "best_epoch",
    "learning_rate",
    "gradient_norm",
    "weight_mean",
    "weight_std",
    "weight_min",
    "weight_max",
    "weight_norm",
];

/// The name of an evaluation is new in its phase, and that of nothing else there.
pub const fn name(context: Context<'_>, phase: usize, at: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let validations = train.validations.items();
    let name = validations[at].name;
    let mut earlier = 0;
    while earlier < at {
        if same(validations[earlier].name, name) {
            let message = Message::new().text("two evaluations of train ").name(spec.name).text(" are called ");
            let message = message.name(name).text("; name one: validate ");
            return Err(message
                .text(free_name(validations))
                .text(" on ")
                .text(validations[at].split)
                .text(" every .."));
        }
        earlier += 1;
    }
    let message = Message::new().text("evaluation ").name(name);
    if !is_plain(name) {
        return Err(message.text(": its name is one word, without dots, commas or quotes; rename it"));
    }
    if contains(&RESERVED, name) {
        return Err(message.text(" has a reserved name; rename it"));
    }
    if measures(validations, name) {
        let message = message.text(" has the name of a metric of train ").name(spec.name);
        return Err(message.text(", so that what is read by it would be unclear; rename one"));
    }
    match other_split(experiment, phase, &validations[at]) {
        Some(input) if !same(name, VAL) => {
            let message = message.text(" has the name of a split of ").name(input).text(" and measures ");
            let message = message.name(validated_split(&validations[at], input));
            Err(message.text("; rename it, or validate on ").name(name))
        }
        _ => Ok(()),
    }
}

/// Whether a name, with a value behind it, can stand in a path and in a table.
const fn is_plain(name: &str) -> bool {
    let (bytes, mut i) = (name.as_bytes(), 0);
    while i < bytes.len() {
        if bytes[i] <= b' ' || matches!(bytes[i], b'.' | b',' | b'"' | b'/' | b'\\' | 127) {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

/// A name that no evaluation has.
const fn free_name(validations: &[ValidationSpec]) -> &'static str {
    let names = ["far", "other", "third"];
    let mut i = 0;
    while i < names.len() {
        let (mut is_free, mut k) = (true, 0);
        while k < validations.len() {
            is_free = is_free && !same(validations[k].name, names[i]);
            k += 1;
        }
        if is_free {
            return names[i];
        }
        i += 1;
    }
    "<name>"
}

/// Whether a metric of some evaluations has a name.
const fn measures(validations: &[ValidationSpec], name: &str) -> bool {
    let mut i = 0;
    while i < validations.len() {
        let (metrics, mut k) = (validations[i].eval.metrics.items(), 0);
        while k < metrics.len() {
            if same(metrics[k].name, name) {
                return true;
            }
            k += 1;
        }
        i += 1;
    }
    false
}

/// The input that has a split of the name of an evaluation, and is measured on another one by it.
const fn other_split(experiment: &ExperimentSpec, phase: usize, validation: &ValidationSpec) -> Option<Name> {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let (mut found, mut i) = (None, 0);
    while i < feeds.len() {
        let input = feeds[i].input;
        if same(validated_split(validation, input), validation.name) {
            return None;
        }
        let names = split_names(experiment, row_source_name(&experiment.graph, input));
        if contains(names.as_slice(), validation.name) {
            found = Some(input);
        }
        i += 1;
    }
    found
}

/// `every n epochs` is at least 1, and not more than the phase has.
pub const fn every(context: Context<'_>, phase: usize, at: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let ValidationSpec { every, name, .. } = &train.validations.items()[at];
    if *every >= 1 && (*every <= train.epochs || train.epochs == 0) {
        return Ok(());
    }
    let message = Message::new().text("every ").count(*every).text(" epochs: train ").name(spec.name);
    let message = message.text(" has ").count(train.epochs).text(", so ").text(name);
    Err(message.text(" would never run; use 1 to ").count(train.epochs))
}

/// The split that is measured is one of each input that the phase is fed with.
pub const fn known(context: Context<'_>, phase: usize, at: usize, feed: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match validation(context.experiment, phase, at) {
        // Behind a feed of its own the split is asked there.
        Some(val) if feed_of(val.feeds.items(), spec.feeds.items()[feed].input).is_none() => {
            split_name(context.experiment, spec.feeds.items()[feed].input, val.split)
        }
        _ => Ok(()),
    }
}

/// Rows of the split behind `on` are measured, of one input at least.
pub const fn measured(context: Context<'_>, phase: usize, at: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let Some(val) = validation(context.experiment, phase, at) else { return Ok(()) };
    let feeds = spec.feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        // A split that is not known, or whose rows are learned from, is told alone.
        let split = validated_split(val, feeds[i].input);
        if same(split, val.split)
            || split_name(context.experiment, feeds[i].input, split).is_err()
            || unseen(context, phase, at, i).is_err()
        {
            return Ok(());
        }
        i += 1;
    }
    // A phase without feeds is refused elsewhere.
    if feeds.is_empty() {
        return Ok(());
    }
    let message = push_phase(Message::new(), spec, Some(at)).text(" measures no rows of ").name(val.split);
    let message = message.text(", because its feeds take others; write: validate ");
    let message = if same(val.name, VAL) { message } else { message.text(val.name).text(" ") };
    Err(message.text("on ").text(validated_split(val, feeds[0].input)).text(" every .."))
}

/// A feed of `validate` says more than that the rows of its split are measured.
pub const fn says_more(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let experiment = context.experiment;
    let Some(at) = feed.evaluation() else { return Ok(()) };
    let (Some(val), Some(feed)) = (validation(experiment, phase, at), feed_at(experiment, phase, feed)) else {
        return Ok(());
    };
    if feed.sampler.is_some() || !same(feed.split, val.split) {
        return Ok(());
    }
    let message = Message::new().text("`validate on ").text(val.split).text("` measures all rows of ").name(val.split);
    Err(message.text(" anyway; remove this feed, or name a sampler or another split"))
}

/// The rows of an evaluation are none that the phase learns from, nor any that choose the best epoch and are reported as well.
pub const fn unseen(context: Context<'_>, phase: usize, at: usize, feed: usize) -> Verdict {
    let experiment = context.experiment;
    let phases = experiment.phases.items();
    let PhaseKind::Train(train) = &phases[phase].kind else { return Ok(()) };
    let Some(val) = validation(experiment, phase, at) else { return Ok(()) };
    let feed = &phases[phase].feeds.items()[feed];
    let split = validated_split(val, feed.input);
    if share_rows(experiment, feed.input, feed.split, split) && !val.eval.on_training_rows {
        let message = push_phase(Message::new(), &phases[phase], Some(at)).text(" measures ").name(split);
        let message = shares_rows(message, split, feed.split);
        return Err(message.text(
            ", the rows that it learns from; use another split, or write #[allow(training_rows)] above `validate`",
        ));
    }
    let Some(callback) = decider(train, val.name) else { return Ok(()) };
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Eval(eval) = &phases[i].kind
            && !eval.on_training_rows
            && let Some(measured) = fed_with_rows_of(experiment, i, feed.input, split)
        {
            let message = shares_rows(Message::new().name(split), split, measured).text(" steers train ");
            let message = message.name(phases[phase].name).text(" by ").text(callback);
            let message = message.text(" and is reported by eval ").name(phases[i].name);
            let message = message.text(", which would be biased; validate on another split");
            return Err(match folds_of(experiment, row_source_name(&experiment.graph, feed.input), split) {
                Some(of) => {
                    let names = experiment.splits.items()[of].splitter.names();
                    let message = message.text(", made of rows that are trained on: split ");
                    message.text(feed.input).text(".").text(names[0]).text(" = Random::ratios(fit: 0.9, stop: 0.1)")
                }
                None => message,
            });
        }
        i += 1;
    }
    Ok(())
}

/// The first callback that watches what an evaluation measures, by which its rows decide how the phase goes on.
pub(super) const fn decider(train: &TrainSpec, evaluation: &str) -> Option<Name> {
    let callbacks = train.callbacks.items();
    let mut i = 0;
    while i < callbacks.len() {
        let (watches, mut slot) = (callbacks[i].watches.items(), 0);
        while slot < watches.len() {
            if let Some((of, _)) = in_evaluation(watches[slot])
                && same(of, evaluation)
            {
                return Some(callbacks[i].callback.name);
            }
            slot += 1;
        }
        i += 1;
    }
    None
}
