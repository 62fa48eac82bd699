//! What runs and what learns in a phase, as sets of nodes.

use super::lookup::{input_named, node_count, node_named, row_source};
use super::operand::{Named, named};
use super::sequence;
use super::site::evaluation;
use super::wiring::{Link, Wiring};
use crate::spec::{EvalSpec, ExperimentSpec, GraphSpec, Learns, Operand, PhaseKind, Takes, TermSpec, TrainSpec};
use crate::text::{BitSet, Name, contains};

/// Adds the nodes that some operands name.
const fn add_operands(graph: &GraphSpec, nodes: &mut BitSet, operands: &[Operand]) {
    let mut k = 0;
    while k < operands.len() {
        if let Named::Node(node) = named(graph, &operands[k]) {
            nodes.insert(node);
        }
        k += 1;
    }
}

/// Adds the nodes that a sum of losses names.
const fn add_terms(graph: &GraphSpec, nodes: &mut BitSet, terms: &[TermSpec]) {
    let mut i = 0;
    while i < terms.len() {
        add_operands(graph, nodes, terms[i].inputs.items());
        i += 1;
    }
}

/// Adds the nodes that an evaluation names.
const fn add_evaluation(graph: &GraphSpec, nodes: &mut BitSet, eval: &EvalSpec) {
    add_terms(graph, nodes, eval.loss.items());
    let metrics = eval.metrics.items();
    let mut i = 0;
    while i < metrics.len() {
        add_operands(graph, nodes, metrics[i].inputs.items());
        i += 1;
    }
}

/// The nodes that a sum of losses needs.
pub(crate) const fn terms_need(graph: &GraphSpec, wiring: &Wiring, terms: &[TermSpec]) -> BitSet {
    let mut nodes = BitSet::EMPTY;
    add_terms(graph, &mut nodes, terms);
    wiring.upstream(nodes)
}

/// The nodes of a table of predictions: those that predict a column or are marked as outputs, and whose rows a phase feeds.
#[must_use]
pub const fn predicting(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> BitSet {
    let graph = &experiment.graph;
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut fed = BitSet::EMPTY;
    let mut input = 0;
    while input < graph.inputs.len() {
        let mut i = 0;
        while i < feeds.len() {
            if let Some(feed) = input_named(graph, feeds[i].input)
                && feed == row_source(graph, input)
            {
                fed.insert(input);
            }
            i += 1;
        }
        input += 1;
    }
    let mut nodes = BitSet::EMPTY;
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        if (spec.target.is_some() || spec.output) && wiring.rows(node).is_subset(&fed) {
            nodes.insert(node);
        }
        node += 1;
    }
    nodes
}

/// The nodes that run in a phase, those of its evaluations included.
#[must_use]
pub const fn running(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> BitSet {
    let graph = &experiment.graph;
    let mut nodes = BitSet::EMPTY;
    let mut at = 0;
    while let Some(eval) = evaluation(experiment, phase, at) {
        add_evaluation(graph, &mut nodes, eval);
        if eval.predictions {
            nodes.insert_all(&predicting(experiment, wiring, phase));
        }
        at += 1;
    }
    let listed: &[Name] = match &experiment.phases.items()[phase].kind {
        PhaseKind::Eval(_) => &[],
        PhaseKind::Fit(fit) => fit.nodes.items(),
        PhaseKind::Train(train) => {
            add_terms(graph, &mut nodes, train.loss.items());
            match &train.nodes {
                Some(listed) => listed.items(),
                None => &[],
            }
        }
    };
    let mut i = 0;
    while i < listed.len() {
        if let Some(node) = node_named(graph, listed[i]) {
            nodes.insert(node);
        }
        i += 1;
    }
    wiring.upstream(nodes)
}

/// The nodes whose parameters a gradient of the loss reaches, frozen or not.
#[must_use]
pub const fn reached(graph: &GraphSpec, wiring: &Wiring, train: &TrainSpec) -> BitSet {
    let mut reached = reached_by_rows(graph, wiring, train);
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let slots = terms[i].loss.inputs;
        let mut k = 0;
        while k < operands.len() && k < slots.len() {
            if let Named::Node(node) = named(graph, &operands[k])
                && matches!(slots[k].takes, Takes::Parameters)
            {
                reached.insert(node);
            }
            k += 1;
        }
        i += 1;
    }
    reached
}

/// The same without those that only a loss of parameters reaches.
pub(crate) const fn reached_by_rows(graph: &GraphSpec, wiring: &Wiring, train: &TrainSpec) -> BitSet {
    let mut reached = BitSet::EMPTY;
    let terms = train.loss.items();
    let mut i = 0;
    while i < terms.len() {
        let operands = terms[i].inputs.items();
        let slots = terms[i].loss.inputs;
        let mut k = 0;
        while k < operands.len() {
            if let Named::Node(node) = named(graph, &operands[k])
                && !(k < slots.len() && matches!(slots[k].takes, Takes::Parameters))
            {
                reached.insert(node);
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
        if reached.contains(node) && graph.nodes.items()[node].layer.passes_gradient {
            let links = wiring.links(node);
            let mut i = 0;
            while i < links.len() {
                if let Link::Node(read) = links.get(i) {
                    reached.insert(read);
                }
                i += 1;
            }
        }
    }
    reached
}

/// The nodes that learn in a train phase: those that are listed, or else all that the loss reaches; those that are
/// frozen, or do not learn by steps, not among them.
#[must_use]
pub const fn learning(experiment: &ExperimentSpec, wiring: &Wiring, train: &TrainSpec) -> BitSet {
    let graph = &experiment.graph;
    let reached = reached(graph, wiring, train);
    let mut learning = BitSet::EMPTY;
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        let listed = match &train.nodes {
            Some(nodes) => contains(nodes.items(), spec.name),
            None => true,
        };
        let frozen = spec.frozen || contains(train.freeze.items(), spec.name);
        if reached.contains(node) && listed && !frozen && matches!(spec.layer.learns, Learns::BySteps) {
            learning.insert(node);
        }
        node += 1;
    }
    learning
}

/// The first node that takes statistics over the rows of a batch in a train phase, of rows of an input, and cannot of a
/// single row.
pub(crate) const fn needs_rows(
    experiment: &ExperimentSpec,
    wiring: &Wiring,
    phase: usize,
    input: usize,
) -> Option<usize> {
    let graph = &experiment.graph;
    let PhaseKind::Train(train) = &experiment.phases.items()[phase].kind else { return None };
    let (runs, learns) = (terms_need(graph, wiring, train.loss.items()), learning(experiment, wiring, train));
    let mut node = 0;
    while node < node_count(graph) {
        let spec = &graph.nodes.items()[node];
        let trains = learns.contains(node) || !spec.frozen && matches!(spec.layer.learns, Learns::Nothing);
        if trains && runs.contains(node) && wiring.rows(node).contains(input) {
            let links = wiring.links(node);
            if links.len() == 1
                && let Some(reads) = wiring.link_shape(graph, links.get(0))
                && let Some(gives) = wiring.shape(node)
                && sequence::needs_rows(&spec.layer, &reads, &gives)
            {
                return Some(node);
            }
        }
        node += 1;
    }
    None
}

/// Whether a phase reads rows of an input, through a node or as a column of a loss or metric.
pub(crate) const fn needs_input(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, input: usize) -> bool {
    reader_of(experiment, wiring, phase, input).is_some()
}

/// Whether any node runs in a phase and every loss and metric names what is known.
pub(crate) const fn runs_nodes(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize) -> bool {
    let terms = match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => train.loss.items(),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => &[],
    };
    let mut at = 0;
    while let Some(eval) = evaluation(experiment, phase, at) {
        if !names_are_known(experiment, eval.loss.items()) || !metrics_are_known(experiment, eval) {
            return false;
        }
        at += 1;
    }
    !running(experiment, wiring, phase).is_empty() && names_are_known(experiment, terms)
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
        if runs.contains(node) && wiring.rows(node).contains(input) {
            return Some(graph.nodes.items()[node].name);
        }
        node += 1;
    }
    None
}
