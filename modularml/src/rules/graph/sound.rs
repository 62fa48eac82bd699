//! Whether a graph is sound, asked once in constants: what is refused is then told at the user's tokens, and what builds on
//! it is quiet. With the values that a parameter may have there is no other token than the value, which tells the first
//! refusal.

use super::context::Context;
use super::table::{graph, input, joined, key, layer, node, node_optimizer, optimizer, source, target};
use super::{align, source as sources, target as targets};
use crate::plan::lookup::MAX_NODES;
use crate::rules::part::Part;
use crate::rules::places::ask;
use crate::text::{Message, Verdict};

/// What the first rule refuses of the graph as a whole, its inputs, what aligns them, or its optimizer.
///
/// # Errors
/// That.
pub const fn inputs(context: Context<'_>) -> Verdict {
    let spec = context.graph;
    let [rest, name] = Part::WHOLE;
    if spec.nodes.len() > MAX_NODES {
        return Err(Message::new().name(spec.name).text(" has too many nodes"));
    }
    ask!(graph(context), optimizer(context, rest), optimizer(context, name));
    let mut i = 0;
    while i < spec.inputs.len() {
        ask!(input(context, i));
        i += 1;
    }
    let mut i = 0;
    while i < spec.aligned.len() {
        ask!(align::known(context, i), joined(context, i), key(context, i));
        i += 1;
    }
    Ok(())
}

/// What the first rule refuses of the nodes from `first` to before `end`.
///
/// # Errors
/// That.
pub const fn nodes(context: Context<'_>, first: usize, end: usize) -> Verdict {
    let specs = context.graph.nodes.items();
    let [rest, name] = Part::WHOLE;
    let mut i = first;
    while i < end && i < specs.len() {
        ask!(
            targets::known(context, i),
            node(context, i),
            layer(context, i, rest),
            layer(context, i, name),
            target(context, i),
            node_optimizer(context, i, rest),
            node_optimizer(context, i, name),
        );
        let mut k = 0;
        while k < specs[i].inputs.len() {
            ask!(sources::known(context, i, k), source(context, i, k));
            k += 1;
        }
        i += 1;
    }
    Ok(())
}
