//! Whether a graph is sound, asked once in constants: what is refused is then told at the user's tokens, and what builds on
//! it is quiet.

use super::context::Context;
use super::table::{graph, input, joined, key, layer, node, node_optimizer, optimizer, source, target};
use super::{align, source as sources, target as targets};
use crate::plan::lookup::MAX_NODES;
use crate::rules::part::Part;

/// Whether no rule refuses the graph as a whole, its inputs, what aligns them, or its optimizer.
#[must_use]
pub const fn inputs(context: Context<'_>) -> bool {
    let spec = context.graph;
    let [rest, name] = Part::WHOLE;
    if spec.nodes.len() > MAX_NODES
        || graph(context).is_err()
        || optimizer(context, rest).is_err()
        || optimizer(context, name).is_err()
    {
        return false;
    }
    let mut i = 0;
    while i < spec.inputs.len() {
        if input(context, i).is_err() {
            return false;
        }
        i += 1;
    }
    let mut i = 0;
    while i < spec.aligned.len() {
        if align::known(context, i).is_err() || joined(context, i).is_err() || key(context, i).is_err() {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether no rule refuses the nodes from `first` to before `end`.
#[must_use]
pub const fn nodes(context: Context<'_>, first: usize, end: usize) -> bool {
    let specs = context.graph.nodes.items();
    let [rest, name] = Part::WHOLE;
    let mut i = first;
    while i < end && i < specs.len() {
        if targets::known(context, i).is_err()
            || node(context, i).is_err()
            || layer(context, i, rest).is_err()
            || layer(context, i, name).is_err()
            || target(context, i).is_err()
            || node_optimizer(context, i, rest).is_err()
            || node_optimizer(context, i, name).is_err()
        {
            return false;
        }
        let mut k = 0;
        while k < specs[i].inputs.len() {
            if sources::known(context, i, k).is_err() || source(context, i, k).is_err() {
                return false;
            }
            k += 1;
        }
        i += 1;
    }
    true
}
