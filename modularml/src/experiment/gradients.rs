//! Gradients as callbacks see them.

use candle_core::Tensor;

use super::update::{Learning, Updates};
use crate::graph::ModelGraph;
use crate::text::Name;

/// The gradients that parameters are about to change by.
pub struct GradientInfo<'a> {
    graph: &'a ModelGraph,
    learning: &'a [Learning],
    updates: &'a Updates,
}

/// The gradient of a parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Gradient<'a> {
    /// The node of the parameter.
    pub node: Name,
    /// The full name of the parameter, such as `encoder.0.weight`.
    pub parameter: &'a str,
    /// The gradient, summed over the steps of the change and not clipped.
    pub gradient: &'a Tensor,
}

impl<'a> GradientInfo<'a> {
    /// The gradients since the last change; none where there are none.
    pub(super) fn of(graph: &'a ModelGraph, learning: &'a [Learning], updates: &'a Updates) -> Option<Self> {
        updates.gradients().next().is_some().then_some(Self { graph, learning, updates })
    }

    /// The gradients of the parameters that have one, in the order of the nodes.
    pub fn iter(&self) -> impl Iterator<Item = Gradient<'a>> {
        let (nodes, learning) = (&self.graph.spec().nodes, self.learning);
        self.updates.gradients().filter_map(move |(at, gradient)| {
            let of = learning.get(at)?;
            Some(Gradient { node: nodes.items().get(of.node)?.name, parameter: &of.name, gradient })
        })
    }
}
