//! The way through a graph, from place to place.

use super::context::Context;
use super::table::Findings;
use crate::plan::lookup::MAX_NODES;
use crate::plan::wiring::Wiring;
use crate::rules::part::Part;
use crate::rules::places::Finding;
use crate::spec::GraphSpec;
use crate::text::Message;

/// Every mistake in a graph, which has this wiring.
#[must_use]
pub fn all(graph: &GraphSpec, wiring: &Wiring) -> Vec<Message> {
    findings(graph, wiring).into_iter().map(|finding| finding.message).collect()
}

/// Every mistake in a graph, which has this wiring, and the rule that refuses it.
#[must_use]
pub fn findings(graph: &GraphSpec, wiring: &Wiring) -> Vec<Finding> {
    let mut at = Findings { context: Context { graph, wiring }, found: Vec::new() };
    at.graph();
    if at.found.is_empty() {
        walk(graph, &mut at);
    }
    at.found
}

fn walk(graph: &GraphSpec, at: &mut Findings<'_>) {
    for part in Part::WHOLE {
        at.optimizer(part);
    }
    for input in 0..graph.inputs.len() {
        at.input(input);
    }
    for align in 0..graph.aligned.len() {
        at.joined(align);
        at.key(align);
    }
    for (node, spec) in graph.nodes.iter().enumerate().take(MAX_NODES) {
        at.node(node);
        for source in 0..spec.inputs.len() {
            at.source(node, source);
        }
        for part in Part::WHOLE {
            at.layer(node, part);
        }
        at.target(node);
        for part in Part::WHOLE {
            at.node_optimizer(node, part);
        }
    }
}
