//! Rules at the evaluation during training.

use super::context::Context;
use super::names::{shares_rows, split_name};
use crate::plan::lineage::{fed_with_rows_of, folds_of, share_rows};
use crate::plan::lookup::row_source_name;
use crate::plan::site::{FeedSite, feed_at, feed_of, validated_split};
use crate::spec::{PhaseKind, TrainSpec};
use crate::text::{Message, Name, Verdict, same};

/// `every n epochs` is at least 1, and not more than the phase has.
pub const fn every(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(val) = &train.val else { return Ok(()) };
    if val.every >= 1 && (val.every <= train.epochs || train.epochs == 0) {
        return Ok(());
    }
    let message = Message::new().text("every ").count(val.every).text(" epochs: train ").name(spec.name);
    Err(message.text(" has ").count(train.epochs).text(", so val would never run; use 1 to ").count(train.epochs))
}

/// The split that is measured is one of each input that the phase is fed with.
pub const fn known(context: Context<'_>, phase: usize, feed: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    match &train.val {
        // Behind a feed of its own the split is asked there.
        Some(val) if feed_of(val.feeds.items(), spec.feeds.items()[feed].input).is_none() => {
            split_name(context.experiment, spec.feeds.items()[feed].input, val.split)
        }
        _ => Ok(()),
    }
}

/// Rows of the split behind `validate on` are measured, of one input at least.
pub const fn measured(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(TrainSpec { val: Some(val), .. }) = &spec.kind else { return Ok(()) };
    let feeds = spec.feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        // A split that is not known, or whose rows are learned from, is told alone.
        let split = validated_split(val, feeds[i].input);
        if same(split, val.split)
            || split_name(context.experiment, feeds[i].input, split).is_err()
            || unseen(context, phase, i).is_err()
        {
            return Ok(());
        }
        i += 1;
    }
    // A phase without feeds is refused elsewhere.
    if feeds.is_empty() {
        return Ok(());
    }
    let message = Message::new().text("val of train ").name(spec.name).text(" measures no rows of ").name(val.split);
    let other = validated_split(val, feeds[0].input);
    Err(message.text(", because its feeds take others; write: validate on ").text(other).text(" every .."))
}

/// A feed of `validate` says more than that the rows of its split are measured.
pub const fn says_more(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let experiment = context.experiment;
    let PhaseKind::Train(TrainSpec { val: Some(val), .. }) = &experiment.phases.items()[phase].kind else {
        return Ok(());
    };
    let (FeedSite::Val(_), Some(feed)) = (feed, feed_at(experiment, phase, feed)) else { return Ok(()) };
    if feed.sampler.is_some() || !same(feed.split, val.split) {
        return Ok(());
    }
    let message = Message::new().text("`validate on ").text(val.split).text("` measures all rows of ").name(val.split);
    Err(message.text(" anyway; remove this feed, or name a sampler or another split"))
}

/// The rows of `val` are none that the phase learns from, nor any that choose the best epoch and are reported as well.
pub const fn unseen(context: Context<'_>, phase: usize, feed: usize) -> Verdict {
    let experiment = context.experiment;
    let phases = experiment.phases.items();
    let PhaseKind::Train(train) = &phases[phase].kind else { return Ok(()) };
    let Some(val) = &train.val else { return Ok(()) };
    let feed = &phases[phase].feeds.items()[feed];
    let split = validated_split(val, feed.input);
    if share_rows(experiment, feed.input, feed.split, split) && !val.eval.on_training_rows {
        let message = Message::new().text("val of train ").name(phases[phase].name).text(" measures ").name(split);
        let message = shares_rows(message, split, feed.split);
        return Err(message.text(
            ", the rows that it learns from; use another split, or write #[allow(training_rows)] above `validate`",
        ));
    }
    let Some(callback) = watches(train) else { return Ok(()) };
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

/// The first callback that watches what `val` measures.
pub(super) const fn watches(train: &TrainSpec) -> Option<Name> {
    let callbacks = train.callbacks.items();
    let mut i = 0;
    while i < callbacks.len() {
        if !callbacks[i].watches.is_empty() {
            return Some(callbacks[i].callback.name);
        }
        i += 1;
    }
    None
}
