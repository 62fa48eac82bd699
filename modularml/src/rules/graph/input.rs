//! Rules at the inputs of a graph.

use super::context::Context;
use super::features::features;
use super::node::misses_a_source;
use crate::plan::lookup::{MAX_INPUTS, node_count};
use crate::plan::wiring::Link;
use crate::text::{Message, Verdict, same};

/// A graph has no more inputs than the rules can follow.
pub const fn count(context: Context<'_>, input: usize) -> Verdict {
    let spec = &context.graph.inputs.items()[input];
    if input >= MAX_INPUTS {
        let message = Message::new().text("input ").name(spec.name).text(": a graph has at most ").count(MAX_INPUTS);
        return Err(message.text(" inputs; put columns of one row into one schema"));
    }
    Ok(())
}

/// The name of an input is new.
pub const fn name(context: Context<'_>, input: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.inputs.items()[input];
    let mut earlier = 0;
    while earlier < input {
        if same(graph.inputs.items()[earlier].name, spec.name) {
            return Err(Message::new().text("input ").name(spec.name).text(" is declared twice; rename one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// The schema of an input has a feature.
pub const fn has_features(context: Context<'_>, input: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.inputs.items()[input];
    if features(graph, input).is_empty() {
        let message = Message::new().name(spec.schema.name).text(" has no #[feat]; a graph input needs at least one; ");
        return Err(message.text("mark a field"));
    }
    Ok(())
}

/// A node reads the input.
pub const fn is_read(context: Context<'_>, input: usize) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.inputs.items()[input];
    // Where one of these is wrong, no node can read it.
    if count(context, input).is_err() || name(context, input).is_err() || has_features(context, input).is_err() {
        return Ok(());
    }
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            match links.get(i) {
                Link::Column { input: read, .. } | Link::Input(read) if read == input => return Ok(()),
                _ => {}
            }
            i += 1;
        }
        node += 1;
    }
    if misses_a_source(graph, wiring) {
        return Ok(());
    }
    let message = Message::new().text("input `").text(spec.name).text(": ").text(spec.schema.name);
    Err(message.text("` is never read; remove it or feed one of its features to a node"))
}
