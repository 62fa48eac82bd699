//! Rules at splits, scales and feeds.

use super::operand::phase_kind;
use super::reach::{needs_input, runs_nodes};
use crate::check::graph::no_input;
use crate::check::names::{Names, unknown};
use crate::check::wiring::{Wiring, input_named, no_column};
use crate::check::{Message, Verdict, near::contains, near::same};
use crate::data::{ColumnSpec, Domain, Dtype};
use crate::experiment::{ExperimentSpec, PhaseKind};
use crate::process::{Comparison, Condition, SamplerSpec};

/// How far from 1 the shares of splits may add up.
const TOLERANCE: f64 = 1e-6;

/// The column of an input, where both names are known.
const fn column_of<'a>(experiment: &'a ExperimentSpec, input: &str, key: &str) -> Option<&'a ColumnSpec> {
    match input_named(&experiment.graph, input) {
        Some(input) => experiment.graph.inputs.items()[input].schema.column(key),
        None => None,
    }
}

/// The splits of an input.
pub(super) const fn split_names(experiment: &ExperimentSpec, input: &str) -> Names {
    let splits = experiment.splits.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < splits.len() {
        let of_splitter = splits[i].splitter.names();
        let mut k = 0;
        while k < of_splitter.len() && same(splits[i].input, input) {
            names = names.with(of_splitter[k]);
            k += 1;
        }
        i += 1;
    }
    names
}

/// Rule at the name of an input anywhere in an experiment. In the macros rustc itself refuses unknown ones.
pub const fn input_name(experiment: &ExperimentSpec, name: &str) -> Verdict {
    match input_named(&experiment.graph, name) {
        Some(_) => Ok(()),
        None => Err(no_input(&experiment.graph, name)),
    }
}

/// Rule at the name of a column in a split, scale or feed. In the macros rustc itself refuses unknown ones.
pub const fn column_name(experiment: &ExperimentSpec, input: &str, key: &str) -> Verdict {
    match input_named(&experiment.graph, input) {
        Some(at) if experiment.graph.inputs.items()[at].schema.column(key).is_none() => {
            Err(no_column(&experiment.graph, at, key))
        }
        _ => Ok(()),
    }
}

/// Rule at the name of a split. In the macros rustc itself refuses unknown ones.
pub const fn split_name(experiment: &ExperimentSpec, input: &str, split: &str) -> Verdict {
    let names = split_names(experiment, input);
    if contains(names.as_slice(), split) || input_named(&experiment.graph, input).is_none() {
        return Ok(());
    }
    let message = unknown("split", split, Message::new().text("of ").name(input), "splits", &names);
    Err(match input_with_split(experiment, split) {
        Some(other) => message.text("; ").name(split).text(" is a split of ").name(other),
        None => message,
    })
}

/// An input that has a split of that name.
const fn input_with_split<'a>(experiment: &'a ExperimentSpec, split: &str) -> Option<&'a str> {
    let inputs = experiment.graph.inputs.items();
    let mut i = 0;
    while i < inputs.len() {
        if contains(split_names(experiment, inputs[i].name).as_slice(), split) {
            return Some(inputs[i].name);
        }
        i += 1;
    }
    None
}

/// Rule at a split statement's input: it is split once.
pub const fn split_input(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let splits = experiment.splits.items();
    let mut earlier = 0;
    while earlier < split {
        if same(splits[earlier].input, splits[split].input) {
            let message =
                Message::new().name(splits[split].input).text(" is split twice; write one statement with all ");
            return Err(message.text("its splits"));
        }
        earlier += 1;
    }
    Ok(())
}

/// Rule at one share of a splitter: its name is new, and it is above 0.
pub const fn share(experiment: &ExperimentSpec, split: usize, share: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let Some(all) = &spec.splitter.shares else { return Ok(()) };
    let (names, shares) = (all.names(), all.shares());
    if share >= names.len() {
        return Ok(());
    }
    let message = Message::new().text("split ").name(names[share]).text(" of ").name(spec.input);
    let mut earlier = 0;
    while earlier < share {
        if same(names[earlier], names[share]) {
            return Err(message.text(" is declared twice; rename one"));
        }
        earlier += 1;
    }
    if shares[share] > 0.0 {
        return Ok(());
    }
    let message = message.text(" has share ").number(shares[share]);
    Err(message.text("; a share must be above 0; leave the split out instead"))
}

/// Rule at all shares of a splitter: they add up to 1.
pub const fn sum_of_shares(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let Some(all) = &spec.splitter.shares else { return Ok(()) };
    let shares = all.shares();
    let mut sum = 0.0;
    let mut i = 0;
    while i < shares.len() {
        if share(experiment, split, i).is_err() {
            return Ok(());
        }
        sum += shares[i];
        i += 1;
    }
    if (sum - 1.0).abs() <= TOLERANCE {
        return Ok(());
    }
    let mut message = Message::new().text("shares of ").name(spec.input).text(" sum to ").number(sum).text(" (");
    let mut i = 0;
    while i < shares.len() {
        message = message.text(if i > 0 { " + " } else { "" }).number(shares[i]);
        i += 1;
    }
    Err(message.text("); they must sum to 1"))
}

/// Rule at a splitter whose shares are not written one by one: as [`share`] and [`sum_of_shares`].
pub const fn shares(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let count = match &experiment.splits.items()[split].splitter.shares {
        Some(all) => all.names().len(),
        None => 0,
    };
    let mut i = 0;
    while i < count {
        if let Err(message) = share(experiment, split, i) {
            return Err(message);
        }
        i += 1;
    }
    sum_of_shares(experiment, split)
}

/// Rule at the column that a splitter stratifies by: its values are classes, and it does not group as well.
pub const fn stratify_by(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let Some(key) = spec.splitter.stratify_by else { return Ok(()) };
    if let Some(group) = spec.splitter.group_by {
        let message = Message::new();
        return Err(if same(group, key) {
            let message = message.name(group).text(" cannot both stay whole (group_by) and be spread evenly ");
            message.text("(stratify_by); remove one")
        } else {
            message.text("group_by and stratify_by cannot both hold; remove one")
        });
    }
    match column_of(experiment, spec.input, key) {
        Some(column) if column.dtype.is_float() || column.shape.rank() > 0 => {
            let message = Message::new().text("stratify_by(").text(key).text("): ");
            let message = if column.shape.rank() > 0 {
                message.shape(&column.shape).text(" is not one value a sample")
            } else {
                message.text(column.dtype.name()).text(" has no classes")
            };
            Err(message.text("; use a class, text or integer column"))
        }
        _ => Ok(()),
    }
}

/// Rule at the column that a splitter groups by: it has one value a sample.
pub const fn group_by(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let Some(key) = spec.splitter.group_by else { return Ok(()) };
    match column_of(experiment, spec.input, key) {
        Some(column) if column.shape.rank() > 0 => {
            let message = Message::new().text("group_by(").text(key).text("): ").shape(&column.shape);
            Err(message.text(" is not one value a sample; use a class, text or integer column"))
        }
        _ => Ok(()),
    }
}

/// Rule at a splitter: rows that belong together stay together.
pub const fn splitter(experiment: &ExperimentSpec, split: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let splitter = &spec.splitter;
    if splitter.group_by.is_some() {
        return Ok(());
    }
    let Some(input) = input_named(&experiment.graph, spec.input) else { return Ok(()) };
    let columns = experiment.graph.inputs.items()[input].schema.columns;
    let mut i = 0;
    while i < columns.len() {
        if columns[i].groups && !spec.rows_are_independent {
            let message = Message::new().text("rows of ").name(spec.input).text(" with equal ").name(columns[i].key);
            let message = message.text(" belong together (#[tag(group)]), but ").text(splitter.name);
            let message = message.text(" splits single rows; add .group_by(").text(columns[i].key);
            return Err(message.text("), or the word `rows_are_independent`"));
        }
        i += 1;
    }
    Ok(())
}

/// Rule at the column of a scale statement: it holds numbers and is scaled once.
pub const fn scale_column(experiment: &ExperimentSpec, scale: usize) -> Verdict {
    let scales = experiment.scales.items();
    let spec = &scales[scale];
    let path = Message::new().path(spec.input, spec.column);
    let mut earlier = 0;
    while earlier < scale {
        if same(scales[earlier].input, spec.input) && same(scales[earlier].column, spec.column) {
            return Err(path.text(" is scaled twice; write one chain: [First, Second] fitted on .."));
        }
        earlier += 1;
    }
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    if matches!(column.dtype, Dtype::Class) {
        return Err(path.text(" is a class column; scaling would destroy the class numbers; remove the statement"));
    }
    if matches!(column.domain, Domain::Tag) || matches!(column.dtype, Dtype::Text | Dtype::Bool) {
        let message = if matches!(column.domain, Domain::Tag) { path.text(" is a #[tag]") } else { path.text(" is ") };
        let message = if matches!(column.domain, Domain::Tag) { message } else { message.text(column.dtype.name()) };
        return Err(message.text("; only number features and targets are scaled; remove the statement"));
    }
    Ok(())
}

/// Rule at the split that scalers are fitted on: no eval phase measures it.
pub const fn fitted_on(experiment: &ExperimentSpec, scale: usize) -> Verdict {
    let spec = &experiment.scales.items()[scale];
    let phases = experiment.phases.items();
    if learns_from(experiment, spec.input, spec.fitted_on) {
        // Where an eval phase measures rows that are trained on, that is the mistake to tell.
        return Ok(());
    }
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Eval(eval) = &phases[i].kind
            && !eval.on_training_rows
            && feeds_split(experiment, i, spec.input, spec.fitted_on)
        {
            let message = Message::new().text("the scaler of ").path(spec.input, spec.column).text(" is fitted on ");
            let message = message.name(spec.fitted_on).text(", which eval ").name(phases[i].name);
            return Err(message.text(" measures: leakage; fit it on the rows that are trained on"));
        }
        i += 1;
    }
    Ok(())
}

/// Whether a train or fit phase learns from a split.
const fn learns_from(experiment: &ExperimentSpec, input: &str, split: &str) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if !matches!(phases[i].kind, PhaseKind::Eval(_)) && feeds_split(experiment, i, input, split) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a phase feeds an input from a split.
pub(super) const fn feeds_split(experiment: &ExperimentSpec, phase: usize, input: &str, split: &str) -> bool {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, input) && same(feeds[i].split, split) {
            return true;
        }
        i += 1;
    }
    false
}

/// Rule at the input of a feed: it is fed once, and the phase needs it.
pub const fn feed_input(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, feed: usize) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let feeds = spec.feeds.items();
    let name = feeds[feed].input;
    let mut earlier = 0;
    while earlier < feed {
        if same(feeds[earlier].input, name) {
            let message = Message::new().text("input ").name(name).text(" is fed twice in ").text(phase_kind(spec));
            return Err(message.text(" ").name(spec.name).text("; remove one"));
        }
        earlier += 1;
    }
    let Some(input) = input_named(&experiment.graph, name) else { return Ok(()) };
    // Where no node runs, or a name is unknown, that mistake is told alone.
    if needs_input(experiment, wiring, phase, input) || !runs_nodes(experiment, wiring, phase) {
        return Ok(());
    }
    let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name).text(" runs no node that reads ");
    Err(message.name(name).text("; remove its feed"))
}

/// Rule at the sampler of a feed: train phases have one, one of its streams is named where there are several, and its
/// columns can be compared; those in the settings that are `told` are left to [`condition`].
pub const fn sampler(experiment: &ExperimentSpec, phase: usize, feed_at: usize, told: &[&str]) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let feed = &spec.feeds.items()[feed_at];
    let Some(sampler) = &feed.sampler else {
        if let PhaseKind::Train(_) = spec.kind {
            let message =
                Message::new().text("train ").name(spec.name).text(" takes batches; say which: Batches::of(32)");
            return Err(message.text(".shuffled()(").text(feed.split).text(")"));
        }
        return Ok(());
    };
    if !matches!(spec.kind, PhaseKind::Train(_)) {
        let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
        let message = message.text(" runs on all rows in order, without a sampler: feed ").text(feed.input);
        return Err(message.text(" = ").text(feed.split).text(";"));
    }
    if feed.stream.is_none() && sampler.streams.len() > 1 {
        let message = Message::new().name(sampler.name).text(" gives several streams; say which behind its split: ");
        return Err(message.text("(").text(feed.split).text(").").text(sampler.streams[0]));
    }
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        if !contains(told, conditions[i].setting)
            && let Err(message) = condition(experiment, phase, feed_at, conditions[i].setting)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// Rule at a setting that names columns of a sampler: each has one value a sample, of a kind that can be compared so,
/// and no two demands contradict each other.
pub const fn condition(experiment: &ExperimentSpec, phase: usize, feed: usize, setting: &str) -> Verdict {
    let feed = &experiment.phases.items()[phase].feeds.items()[feed];
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        let condition = &conditions[i];
        if same(condition.setting, setting)
            && let Some(column) = column_of(experiment, feed.input, condition.column)
        {
            if let Err(why) = comparable(column, condition.comparison) {
                let message = Message::new().text(sampler.name).text(".").text(setting).text("(");
                return Err(message.text(column.key).text("): ").text(why.as_str()));
            }
            let mut earlier = 0;
            while earlier < i {
                if let Err(why) =
                    agree(&conditions[earlier], condition, are_roles(sampler, &conditions[earlier], condition))
                {
                    return Err(Message::new().text(sampler.name).text(": ").text(why.as_str()));
                }
                earlier += 1;
            }
        }
        i += 1;
    }
    Ok(())
}

/// Whether a column can be compared so.
const fn comparable(column: &ColumnSpec, comparison: Comparison) -> Verdict {
    let message = Message::new();
    if column.shape.rank() > 0 {
        let message = message.name(column.key).text(" is ").shape(&column.shape);
        return Err(message.text("; conditions take one value a sample"));
    }
    let is_number = !matches!(column.dtype, Dtype::Text | Dtype::Class | Dtype::Bool);
    match comparison {
        Comparison::Same | Comparison::Different if column.dtype.is_float() => {
            let message = message.text("compares ").text(column.dtype.name()).text(" for equality, which almost no ");
            Err(message.text("pair of rows has; use a class, text or integer column, or a tolerance: .within(..)"))
        }
        Comparison::Stratum | Comparison::Group if column.dtype.is_float() => {
            let message = message.text(column.dtype.name()).text(" has almost as many values as rows; use a class, ");
            Err(message.text("text or integer column"))
        }
        Comparison::Tolerance if !is_number => {
            let message = message.text("values of ").text(column.dtype.name()).text(" are equal or not, and have no ");
            Err(message.text("distance; remove .within(..) or the metric"))
        }
        Comparison::Weight if !is_number => {
            Err(message.text(column.dtype.name()).text(" is no weight; use a column of numbers"))
        }
        _ => Ok(()),
    }
}

/// Whether two demands are those of two roles, or of one role and of all: they may well contradict each other.
const fn are_roles(sampler: &SamplerSpec, first: &Condition, second: &Condition) -> bool {
    contains(sampler.roles, first.setting) || contains(sampler.roles, second.setting)
}

/// Whether two demands can hold together.
const fn agree(first: &Condition, second: &Condition, are_roles: bool) -> Verdict {
    match (first.comparison, second.comparison) {
        (Comparison::Stratum | Comparison::Group | Comparison::Weight, _) if !same(first.setting, second.setting) => {
            let message = Message::new().text(first.setting).text(" and ").text(second.setting);
            Err(message.text(" cannot both hold; remove one"))
        }
        (Comparison::Same, Comparison::Different) | (Comparison::Different, Comparison::Same)
            if same(first.column, second.column) && (same(first.setting, second.setting) || !are_roles) =>
        {
            Err(Message::new().name(first.column).text(" must be both the same and different; remove one"))
        }
        _ => Ok(()),
    }
}

/// Rule at the stream of a feed: the sampler produces it.
pub const fn stream(experiment: &ExperimentSpec, phase: usize, feed: usize) -> Verdict {
    let feed = &experiment.phases.items()[phase].feeds.items()[feed];
    let (Some(sampler), Some(stream)) = (&feed.sampler, feed.stream) else { return Ok(()) };
    if contains(sampler.streams, stream) {
        return Ok(());
    }
    let message = Message::new().text("no stream ").name(stream).text(": ").text(sampler.name).text(" gives ");
    Err(message.list(sampler.streams).did_you_mean(stream, sampler.streams))
}
