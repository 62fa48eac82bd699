//! Rules at what mixes the rows of a batch.

use super::context::Context;
use crate::plan::lookup::node_named;
use crate::plan::operand::{Named, column, named};
use crate::plan::reach::terms_need;
use crate::plan::wiring::{Link, Wiring};
use crate::rules::graph::embedding::looks_up;
use crate::rules::part::Part;
use crate::spec::{ColumnSpec, Dtype, ExperimentSpec, MixSpec, PhaseKind, TrainSpec};
use crate::text::{BitSet, Message, Verdict, contains};

/// The losses that compare what several rows gave, of which none is right between two others.
const BETWEEN_ROWS: [&str; 6] =
    ["InfoNce", "NtXent", "Contrastive", "CosineEmbedding", "MarginRanking", "TripletMargin"];

/// The train phase that is asked about and what mixes its rows, at the component itself.
const fn mixed<'a>(context: Context<'a>, phase: usize, part: Part<'_>) -> Option<(&'a TrainSpec, &'a MixSpec)> {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) if part.is_name() => match &train.mix {
            Some(mix) => Some((train, mix)),
            None => None,
        },
        _ => None,
    }
}

/// The settings of what mixes rows lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { mix: Some(mix), .. }) => part.in_range(&mix.settings, mix.name),
        _ => Ok(()),
    }
}

/// Rows that are mixed come one by one, in no roles.
pub const fn of_rows(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    let Some((_, mix)) = mixed(context, phase, part) else { return Ok(()) };
    let feeds = context.experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if let Some(sampler) = &feeds[i].sampler
            && sampler.roles.len() > 1
        {
            let message = Message::new().text(mix.name).text(" mixes rows that stand for themselves, and ");
            let message = message.text(sampler.name).text(" draws them in roles, ").list(sampler.roles);
            return Err(message.text("; remove mix, or feed ").text(feeds[i].input).text(" by Batches"));
        }
        i += 1;
    }
    Ok(())
}

/// What nodes read of rows that are mixed are amounts, of rows of one length.
pub const fn columns(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let Some((train, mix)) = mixed(context, phase, part) else { return Ok(()) };
    let graph = &experiment.graph;
    let nodes = run_in_steps(experiment, wiring, train);
    let mut node = 0;
    while node < graph.nodes.len() {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() && nodes.contains(node) {
            if let Link::Column { input, column: position } = links.get(i) {
                let read = column(graph, input, position);
                if let Some(why) = no_amount(read, looks_up(graph, node)) {
                    let message = Message::new().text(mix.name).text(" mixes all that nodes read, and ");
                    let message = message.path(graph.inputs.items()[input].name, read.key).text(why);
                    return Err(message.text("; remove mix"));
                }
            }
            i += 1;
        }
        node += 1;
    }
    Ok(())
}

/// The nodes that run in the steps of a train phase.
const fn run_in_steps(experiment: &ExperimentSpec, wiring: &Wiring, train: &TrainSpec) -> BitSet {
    let mut nodes = terms_need(&experiment.graph, wiring, train.loss.items());
    if let Some(listed) = &train.nodes {
        let mut i = 0;
        while i < listed.len() {
            if let Some(node) = node_named(&experiment.graph, listed.items()[i]) {
                nodes.insert(node);
            }
            i += 1;
        }
    }
    wiring.upstream(nodes)
}

/// Why there is nothing between two values of a column; none where there is.
const fn no_amount(column: &ColumnSpec, is_looked_up: bool) -> Option<&'static str> {
    if column.sequence.is_some() {
        return Some(" has rows of several lengths, whose values would be mixed with padding");
    }
    match column.dtype {
        Dtype::Class => Some(" holds classes, between which there is nothing"),
        dtype if dtype.is_time() => Some(" holds times, which are not mixed"),
        _ if is_looked_up => Some(" holds codes, between which there is nothing"),
        _ => None,
    }
}

/// What a loss compares are an output and columns of the same row.
pub const fn losses(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    let Some((train, mix)) = mixed(context, phase, part) else { return Ok(()) };
    let (graph, terms) = (&context.experiment.graph, train.loss.items());
    let mut i = 0;
    while i < terms.len() {
        let (loss, operands) = (&terms[i].loss, terms[i].inputs.items());
        let message = Message::new().text(mix.name).text(" mixes rows and what they are compared with, and ");
        if contains(&BETWEEN_ROWS, loss.name) || (!loss.pairs_rows && loss.inputs.len() > 1) {
            let message = message.text(loss.name).text(" compares rows with each other; remove mix");
            return Err(message);
        }
        let mut k = 0;
        while k < operands.len() {
            if let Named::Column { input, column: position } = named(graph, &operands[k]) {
                let compared = column(graph, input, position);
                if compared.sequence.is_some() {
                    let message = message.path(graph.inputs.items()[input].name, compared.key);
                    return Err(message.text(" has rows of several lengths; remove mix"));
                }
            }
            k += 1;
        }
        i += 1;
    }
    Ok(())
}

/// A batch has rows that can be mixed.
pub const fn several(context: Context<'_>, phase: usize, part: Part<'_>) -> Verdict {
    let Some((_, mix)) = mixed(context, phase, part) else { return Ok(()) };
    let feeds = context.experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if let Some(sampler) = &feeds[i].sampler
            && sampler.batch == 1
        {
            let message = Message::new().text(mix.name).text(" mixes the rows of a batch, and a batch of ");
            return Err(message.name(feeds[i].input).text(" has one; make batches of two rows or more"));
        }
        i += 1;
    }
    Ok(())
}
