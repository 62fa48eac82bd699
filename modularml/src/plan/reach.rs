//! What runs and what learns in a phase, as flags by node.

use super::lookup::{MAX_NODES, node_count, node_named};
use super::operand::{Named, named};
use super::site::evaluation;
use super::wiring::{Link, Wiring};
use crate::spec::{EvalSpec, ExperimentSpec, GraphSpec, Learns, Operand, PhaseKind, Takes, TermSpec, TrainSpec};
use crate::text::contains;

/// Flags by node.
pub type Flags = [bool; MAX_NODES];

const fn union(mut a: Flags, b: &Flags) -> Flags {
    let mut i = 0;
    while i < MAX_NODES {
        a[i] |= b[i];
        i += 1;
    }
    a
}

/// The nodes that some operands need, beside those that are needed already.
const fn with_operands(graph: &GraphSpec, wiring: &Wiring, mut needed: Flags, operands: &[Operand]) -> Flags {
    let mut k = 0;
    while k < operands.len() {
        if let Named::Node(node) = named(graph, &operands[k])
            && node < MAX_NODES
        {
            needed = union(needed, &wiring.upstream(node));
        }
        k += 1;
    }
    needed
}

/// The nodes that a sum of losses needs.
pub(crate) const fn terms_need(graph: &GraphSpec, wiring: &Wiring, terms: &[TermSpec]) -> Flags {
    let mut needed = [false; MAX_NODES];
    let mut i = 0;
    while i < terms.len() {
        needed = with_operands(graph, wiring, needed, terms[i].inputs.items());
        i += 1;
    }
    needed
}

/// The nodes that an evaluation needs.
const fn evaluation_needs(graph: &GraphSpec, wiring: &Wiring, eval: &EvalSpec) -> Flags {
    let mut needed = terms_need(graph, wiring, eval.loss.items());
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        needed = with_operands(graph, wiring, needed, metrics[i].inputs.items());
        i += 1;
    }
    needed
}

/// The nodes that run in a phase, its `val` included.
#[must_use]
pub const fn running(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> Flags {
    let graph = &experiment.graph;
    let mut needed = match evaluation(experiment, phase) {
        Some(eval) => evaluation_needs(graph, wiring, eval),
        None => [false; MAX_NODES],
    };
    let nodes = match &experiment.phases.items()[phase].kind {
        PhaseKind::Eval(_) => return needed,
        PhaseKind::Fit(fit) => fit.nodes.items(),
        PhaseKind::Train(train) => {
            needed = union(needed, &terms_need(graph, wiring, train.loss.items()));
            match &train.nodes {
                Some(nodes) => nodes.items(),
                None => &[],
            }
        }
    };
    let mut i = 0;
    while i < nodes.len() {
        if let Some(node) = node_named(graph, nodes[i]) {
            needed = union(needed, &wiring.upstream(node));
        }
        i += 1;
    }
    needed
}

/// The nodes whose parameters a gradient of the loss reaches, frozen or not.
#[must_use]
pub const fn reached(graph: &GraphSpec, wiring: &Wiring, train: &TrainSpec) -> Flags {
    let mut reached = [false; MAX_NODES];
    let mut direct = [false; MAX_NODES];
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let slots = terms[i].loss.inputs;
        let mut k = 0;
        while k < operands.len() {
            if let Named::Node(node) = named(graph, &operands[k]) {
                if k < slots.len() && matches!(slots[k].takes, Takes::Parameters) {
                    direct[node] = true;
                } else {
                    reached[node] = true;
                }
            }
            k += 1;
        }
        i += 1;
    }
    let order = wiring.order();
    let mut place = order.len();
    while place > 0 {
        place -= 1;
        let node = order[place];
        if reached[node] && graph.nodes.items()[node].layer.passes_gradient {
            let links = wiring.links(node);
            let mut i = 0;
            while i < links.len() {
                if let Link::Node(read) = links.get(i) {
                    reached[read] = true;
                }
                i += 1;
            }
        }
    }
    union(reached, &direct)
}

/// The nodes that learn in a train phase: those that are listed, or else all that the loss reaches; those that are
/// frozen, or do not learn by steps, not among them.
#[must_use]
pub const fn learning(experiment: &ExperimentSpec, wiring: &Wiring, train: &TrainSpec) -> Flags {
    let graph = &experiment.graph;
    let mut learning = reached(graph, wiring, train);
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        let listed = match &train.nodes {
            Some(nodes) => contains(nodes.items(), spec.name),
            None => true,
        };
        let frozen = spec.frozen || contains(train.freeze.items(), spec.name);
        learning[node] = learning[node] && listed && !frozen && matches!(spec.layer.learns, Learns::BySteps);
        node += 1;
    }
    learning
}

/// Whether a phase reads rows of an input, through a node or as a column of a loss or metric.
pub(crate) const fn needs_input(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, input: usize) -> bool {
    reader_of(experiment, wiring, phase, input).is_some()
}

/// Whether any node runs in a phase and every loss and metric names what is known.
pub(crate) const fn runs_nodes(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> bool {
    let runs = running(experiment, wiring, phase);
    let mut any = false;
    let mut node = 0;
    while node < MAX_NODES {
        any |= runs[node];
        node += 1;
    }
    let terms = match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => train.loss.items(),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => &[],
    };
    any && names_are_known(experiment, terms)
        && match evaluation(experiment, phase) {
            Some(eval) => names_are_known(experiment, eval.loss.items()) && metrics_are_known(experiment, eval),
            None => true,
        }
}

const fn names_are_known(experiment: &ExperimentSpec, terms: &[TermSpec]) -> bool {
    let mut i = 0;
    while i < terms.len() {
        if !operands_are_known(experiment, terms[i].inputs.items()) {
            return false;
        }
        i += 1;
    }
    true
}

const fn metrics_are_known(experiment: &ExperimentSpec, eval: &EvalSpec) -> bool {
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        if !operands_are_known(experiment, metrics[i].inputs.items()) {
            return false;
        }
        i += 1;
    }
    true
}

const fn operands_are_known(experiment: &ExperimentSpec, operands: &[Operand]) -> bool {
    let mut i = 0;
    while i < operands.len() {
        if let Named::Unknown = named(&experiment.graph, &operands[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// A name that reads rows of an input in a phase.
pub(crate) const fn reader_of(
    experiment: &ExperimentSpec,
    wiring: &Wiring,
    phase: usize,
    input: usize,
) -> Option<&'static str> {
    let graph = &experiment.graph;
    let runs = running(experiment, wiring, phase);
    let mut node = 0;
    while node < node_count(graph) {
        if runs[node] && wiring.rows(node) >> (input & 63) & 1 == 1 {
            return Some(graph.nodes.items()[node].name);
        }
        node += 1;
    }
    None
}
