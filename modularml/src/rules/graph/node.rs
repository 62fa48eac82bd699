//! Rules at the name of a node, and at the graph as a whole.

use super::context::Context;
use crate::plan::lookup::{MAX_NODES, input_named, node_count};
use crate::plan::wiring::{Link, Wiring};
use crate::spec::GraphSpec;
use crate::text::{BitSet, Message, Verdict, contains};

/// Names that experiments use for other things.
const RESERVED: &[&str] = &["self", "loss", "val", "run", "inputs", "name", "epochs", "best_epoch"];

/// A graph has an input and a node.
pub const fn any(context: Context<'_>) -> Verdict {
    let graph = context.graph;
    if graph.nodes.is_empty() || graph.inputs.is_empty() {
        return Err(Message::new().name(graph.name).text(" needs at least one input and one node"));
    }
    Ok(())
}

/// The name of a node is new, no input's, and not reserved.
pub const fn name(context: Context<'_>, node: usize) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    if wiring.repeats_a_name(node) {
        return Err(Message::new()
            .name(spec.name)
            .text(" is declared twice; rename one, so that losses can tell them apart"));
    }
    if let Some(input) = input_named(graph, spec.name) {
        let schema = graph.inputs.items()[input].schema.name;
        let message = Message::new().text("node ").name(spec.name).text(" hides the input `").text(spec.name);
        return Err(message.text(": ").text(schema).text("`; rename the node"));
    }
    if contains(RESERVED, spec.name) {
        let message = Message::new().name(spec.name);
        return Err(message.text(" is reserved in experiments; a node of that name could not be used there; rename it"));
    }
    Ok(())
}

/// A graph has no more nodes than the rules can follow.
pub const fn count(context: Context<'_>, node: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.nodes.items()[node];
    if node >= MAX_NODES || graph.nodes.len() > MAX_NODES && node + 1 == MAX_NODES {
        return Err(Message::new().name(spec.name).text(": a graph holds at most ").count(MAX_NODES).text(" nodes"));
    }
    Ok(())
}

/// A node does not need its own output.
pub const fn cycle(context: Context<'_>, node: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if !wiring.is_stuck(node) {
        return Ok(());
    }
    let names = graph.nodes.items();
    let links = wiring.links(node);
    let mut i = 0;
    while i < links.len() {
        if let Link::Node(read) = links.get(i)
            && read == node
        {
            return Err(Message::new().name(names[node].name).text(" reads itself; name an earlier node"));
        }
        i += 1;
    }
    // Walk back along stuck nodes; a walk that returns to the start before anywhere else is a cycle through it.
    let mut path = [0; MAX_NODES];
    let mut seen = BitSet::EMPTY;
    let mut len = 0;
    let mut at = node;
    while !seen.contains(at) {
        seen.insert(at);
        path[len] = at;
        len += 1;
        let links = wiring.links(at);
        let mut next = at;
        let mut i = 0;
        while i < links.len() {
            if let Link::Node(read) = links.get(i)
                && wiring.is_stuck(read)
                && (next == at || read == node)
            {
                next = read;
            }
            i += 1;
        }
        if next < node {
            return Ok(());
        }
        at = next;
    }
    if at != node {
        return Ok(());
    }
    let mut message = Message::new().name(names[node].name).text(" needs itself: ").text(names[node].name);
    let mut i = 1;
    while i < len {
        message = message.text(" <- ").text(names[path[i]].name);
        i += 1;
    }
    Err(message.text(" <- ").text(names[node].name).text("; a graph has no cycles; break one edge"))
}

/// A node is read, predicts a target, or is marked as an output.
pub const fn is_used(context: Context<'_>, node: usize) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    if spec.target.is_some() || spec.output || wiring.is_read(node) {
        return Ok(());
    }
    // Where a name is taken, all that reads it reads the other node.
    if name(context, node).is_ok() && !misses_a_source(graph, wiring) {
        let message = Message::new().text("node ").name(spec.name).text(" is used by no node and predicts no target; ");
        let message = message.text("connect it, write `-> ").text(graph.inputs.items()[0].name);
        let message = message.text(".<target>` behind it, mark it #[output], or remove it");
        return Err(push_branch(message, graph, wiring, node));
    }
    Ok(())
}

/// Appends the nodes that lead to nothing but a node which nothing uses, directly or by others.
const fn push_branch(mut message: Message, graph: &GraphSpec, wiring: &Wiring, end: usize) -> Message {
    let nodes = graph.nodes.items();
    let (mut branch, mut read_elsewhere) = (BitSet::of(end), BitSet::EMPTY);
    let order = wiring.order();
    let mut i = order.len();
    // All that reads a node stands behind it in this order.
    while i > 0 {
        i -= 1;
        let node = order[i];
        let is_used = nodes[node].target.is_some() || nodes[node].output || read_elsewhere.contains(node);
        if node != end && (is_used || !wiring.is_read(node)) {
            let links = wiring.links(node);
            let mut k = 0;
            while k < links.len() {
                if let Link::Node(read) = links.get(k) {
                    read_elsewhere.insert(read);
                }
                k += 1;
            }
        } else if node != end {
            message = message.text(if branch.len() == 1 { " with what leads to it alone: " } else { ", " });
            message = message.text(nodes[node].name);
            branch.insert(node);
        }
    }
    message
}

/// Whether a node names nothing that is known, or has no inputs at all. Any other may have been meant, so that mistake
/// is told alone.
pub(super) const fn misses_a_source(graph: &GraphSpec, wiring: &Wiring) -> bool {
    let mut node = 0;
    while node < node_count(graph) {
        let links = wiring.links(node);
        let mut i = 0;
        while i < links.len() {
            if matches!(links.get(i), Link::Unknown) {
                return true;
            }
            i += 1;
        }
        if links.is_empty() {
            return true;
        }
        node += 1;
    }
    false
}
