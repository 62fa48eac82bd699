//! The names of inputs, columns and splits, wherever they stand in an experiment.

use crate::plan::lookup::{input_named, no_column, no_input, row_source_name};
use crate::plan::site::{validated_split, validations};
use crate::spec::{ColumnSpec, ExperimentSpec, PhaseKind};
use crate::text::{Message, Names, Verdict, contains, same, unknown};

/// The column of an input, where both names are known.
pub(super) const fn column_of<'a>(experiment: &'a ExperimentSpec, input: &str, key: &str) -> Option<&'a ColumnSpec> {
    match input_named(&experiment.graph, input) {
        Some(input) => experiment.graph.inputs.items()[input].schema.column(key),
        None => None,
    }
}

/// An input of the graph is known.
pub(super) const fn input_name(experiment: &ExperimentSpec, name: &str) -> Verdict {
    match input_named(&experiment.graph, name) {
        Some(_) => Ok(()),
        None => Err(no_input(&experiment.graph, name)),
    }
}

/// A column of an input is known.
pub(super) const fn column_name(experiment: &ExperimentSpec, input: &str, key: &str) -> Verdict {
    match input_named(&experiment.graph, input) {
        Some(at) if experiment.graph.inputs.items()[at].schema.column(key).is_none() => {
            Err(no_column(&experiment.graph, at, key))
        }
        _ => Ok(()),
    }
}

/// The splits of an input.
pub(super) const fn split_names(experiment: &ExperimentSpec, input: &str) -> Names {
    names_before(experiment, input, experiment.splits.len())
}

/// The splits of an input that the first statements make.
pub(super) const fn names_before(experiment: &ExperimentSpec, input: &str, statements: usize) -> Names {
    let splits = experiment.splits.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < statements {
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

/// A split of an input is known.
pub(super) const fn split_name(experiment: &ExperimentSpec, input: &str, split: &str) -> Verdict {
    let input = row_source_name(&experiment.graph, input);
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

/// Whether all splits that phases take rows of are known; one that is not has a message of its own.
pub(super) const fn knows_splits(experiment: &ExperimentSpec) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        let feeds = phases[i].feeds.items();
        let mut k = 0;
        while k < feeds.len() {
            if split_name(experiment, feeds[k].input, feeds[k].split).is_err() {
                return false;
            }
            let (validations, mut at) = (validations(&phases[i]), 0);
            while at < validations.len() {
                let validated = validated_split(&validations[at], feeds[k].input);
                if split_name(experiment, feeds[k].input, validated).is_err() {
                    return false;
                }
                at += 1;
            }
            if let PhaseKind::Eval(eval) = &phases[i].kind {
                let mut metric = 0;
                while metric < eval.metrics.len() {
                    if let Some(split) = eval.metrics.items()[metric].chosen_on
                        && split_name(experiment, feeds[k].input, split).is_err()
                    {
                        return false;
                    }
                    metric += 1;
                }
            }
            k += 1;
        }
        i += 1;
    }
    true
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

/// Appends ", which shares rows with `other`" where two splits are not the same.
pub(super) const fn shares_rows(message: Message, split: &str, other: &str) -> Message {
    if same(split, other) { message } else { message.text(", which shares rows with ").name(other) }
}
