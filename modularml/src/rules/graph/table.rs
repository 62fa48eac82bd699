//! The places of a graph, and the rules that stand there.

pub use super::context::Context;
use super::{align, embedding, fitted, input, layer, missing, node, optimizer, source, target, time};
use crate::rules::part::Part;
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// The name of the graph.
    graph() { node::any }

    /// The optimizer of the graph: `#[optimizer(Adam::lr(1e-3))]`.
    optimizer(part: Part<'_>) { optimizer::settings }

    /// The name of an input.
    input(input: usize) { input::count, input::name, input::has_features, input::is_read }

    /// The input that is joined by an `align`.
    joined(align: usize) { #[field] align::known, align::right }

    /// The column in an `align`.
    key(align: usize) { align::key }

    /// The name of a node.
    node(node: usize) { node::name, node::count, node::cycle, node::is_used }

    /// What a node reads: `pulse.voltage`, `encoder`.
    source(node: usize, source: usize) {
        #[field] source::known,
        source::twice,
        embedding::source,
        time::source,
        missing::source,
        source::kind,
        source::rows,
        source::shape,
    }

    /// The component of a node: `Mlp::hidden([64]).dropout(0.1)`.
    layer(node: usize, part: Part<'_>) {
        layer::settings,
        fitted::has_meaning,
        layer::axis,
        target::stated_shape,
        layer::arity,
        layer::shape,
        layer::components,
        layer::meaning,
        layer::padding,
        embedding::padding,
        time::since,
    }

    /// What a node predicts: `-> pulse.soh`.
    target(node: usize) { #[field] target::known, target::kind, target::rows, target::shape }

    /// The optimizer of a node: `#[optimizer(Sgd::lr(0.1))]`.
    node_optimizer(node: usize, part: Part<'_>) {
        optimizer::settings_of_node,
        optimizer::takes_steps,
        optimizer::overrides,
    }
}
