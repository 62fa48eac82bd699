//! Rules at the order of phases: what one leaves behind is what a later one reads.

use super::context::Context;
use crate::plan::lookup::node_named;
use crate::plan::operand::{Named, named, phase_kind, push_phase};
use crate::plan::reach::{learning, running};
use crate::plan::site::{Site, measured};
use crate::plan::wiring::Link;
use crate::spec::{Learns, PhaseKind, Takes};
use crate::text::{BitSet, Message, Verdict, contains};

/// No later phase changes what a node is fitted to, unless the node is fitted anew or is read in between alone.
pub const fn fitted_to(context: Context<'_>, phase: usize, entry: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
    let PhaseKind::Fit(fit) = &phases[phase].kind else { return Ok(()) };
    let name = fit.nodes.items()[entry];
    let Some(node) = node_named(graph, name) else { return Ok(()) };
    let above = wiring.upstream(BitSet::of(node));
    let (mut changes, mut is_read_between, mut later) = (None, false, phase + 1);
    while later < phases.len() {
        match &phases[later].kind {
            PhaseKind::Fit(again) if contains(again.nodes.items(), name) => return Ok(()),
            PhaseKind::Train(train) if changes.is_none() => {
                let learns = learning(experiment, wiring, train);
                if let Some(node_above) = common(&above, &learns) {
                    changes = Some((later, node_above));
                }
            }
            PhaseKind::Fit(other) if changes.is_none() => {
                let mut i = 0;
                while i < other.nodes.len() && changes.is_none() {
                    if let Some(node_above) = node_named(graph, other.nodes.items()[i])
                        && above.contains(node_above)
                    {
                        changes = Some((later, node_above));
                    }
                    i += 1;
                }
            }
            _ => {}
        }
        let is_read = running(experiment, wiring, later).contains(node);
        match changes {
            Some((by, node_above)) if is_read => {
                return Err(outdated(context, phase, node, by, node_above));
            }
            Some(_) => {}
            None => is_read_between |= is_read,
        }
        later += 1;
    }
    match changes {
        Some((by, node_above)) if !is_read_between => Err(outdated(context, phase, node, by, node_above)),
        _ => Ok(()),
    }
}

const fn outdated(context: Context<'_>, phase: usize, node: usize, by: usize, node_above: usize) -> Message {
    let (phases, nodes) = (context.experiment.phases.items(), context.experiment.graph.nodes.items());
    let message = Message::new().text("fit ").name(phases[phase].name).text(" fits ").name(nodes[node].name);
    let message = message
        .text(" to what `")
        .text(nodes[node_above].name)
        .text("` gives, and ")
        .text(phase_kind(&phases[by]))
        .text(" ");
    let message = message.name(phases[by].name).text(" changes that afterwards; move fit ");
    message.name(phases[phase].name).text(" below ").text(phase_kind(&phases[by])).text(" ").name(phases[by].name)
}

/// The first node of both sets.
const fn common(a: &BitSet, b: &BitSet) -> Option<usize> {
    let mut from = 0;
    while let Some(node) = a.first_from(from) {
        if b.contains(node) {
            return Some(node);
        }
        from = node + 1;
    }
    None
}

/// What is measured of a node is something that a phase trains, or that the graph says to keep as it is.
pub const fn trained(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let experiment = context.experiment;
    let graph = &experiment.graph;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    if measured.evaluation.is_none() || slot >= measured.operands.len() || slot >= measured.slots.len() {
        return Ok(());
    }
    let Named::Node(node) = named(graph, &measured.operands[slot]) else { return Ok(()) };
    if matches!(measured.slots[slot].takes, Takes::Parameters) {
        return Ok(());
    }
    let Some(random) = never_trained(context, node) else { return Ok(()) };
    let spec = &experiment.phases.items()[phase];
    let name = graph.nodes.items()[random].name;
    let message = push_phase(Message::new(), spec, measured.evaluation).text(" measures ");
    let message = if random == node {
        message.name(name)
    } else {
        message.name(graph.nodes.items()[node].name).text(", behind ").name(name)
    };
    let message = message.text(", which no phase trains: it stays random; add a loss that reaches it, or mark it ");
    Err(message.text("#[frozen] in ").name(graph.name).text(" if its weights are loaded"))
}

/// The node itself, or one that it reads through nodes that learn nothing, that learns by steps and is never trained.
///
/// An experiment that trains nothing runs on loaded weights, and in one whose losses are not known all may be trained.
const fn never_trained(context: Context<'_>, node: usize) -> Option<usize> {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
    let wanted = learning_behind(context, node);
    let mut trained = BitSet::EMPTY;
    let mut i = 0;
    // Most are trained by the first phases, so that the others need not be looked at.
    while i < phases.len() && !wanted.is_subset(&trained) {
        if let PhaseKind::Train(train) = &phases[i].kind {
            let learns = learning(experiment, wiring, train);
            // A phase in which nothing learns has a message of its own.
            if learns.is_empty() {
                return None;
            }
            trained.insert_all(&learns);
            let mut k = 0;
            // One that is frozen and random has a message of its own, or is meant.
            while k < train.freeze.len() {
                if let Some(kept) = node_named(graph, train.freeze.items()[k]) {
                    trained.insert(kept);
                }
                k += 1;
            }
        }
        i += 1;
    }
    if trained.is_empty() {
        return None;
    }
    // The one that is told stands nearest.
    let order = wiring.order();
    let mut place = order.len();
    while place > 0 {
        place -= 1;
        if wanted.contains(order[place]) && !trained.contains(order[place]) {
            return Some(order[place]);
        }
    }
    None
}

/// The nodes that learn by steps on the way back from a node, itself included, as far as the first of them; without those
/// that the graph freezes.
const fn learning_behind(context: Context<'_>, node: usize) -> BitSet {
    let Context { experiment, wiring } = context;
    let (mut reads, mut found) = (BitSet::of(node), BitSet::EMPTY);
    let order = wiring.order();
    let mut place = order.len();
    while place > 0 {
        place -= 1;
        let at = order[place];
        if !reads.contains(at) {
            continue;
        }
        let spec = &experiment.graph.nodes.items()[at];
        match spec.layer.learns {
            Learns::BySteps if !spec.frozen => found.insert(at),
            Learns::BySteps | Learns::ByFit(_) => {}
            Learns::Nothing => {
                let links = wiring.links(at);
                let mut i = 0;
                while i < links.len() {
                    if let Link::Node(read) = links.get(i) {
                        reads.insert(read);
                    }
                    i += 1;
                }
            }
        }
    }
    found
}
