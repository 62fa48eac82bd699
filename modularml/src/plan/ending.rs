//! What kind of numbers a node gives, as far as the layers at its end tell.

use super::lookup::target_column;
use super::sequence::elements_of;
use super::wiring::{Link, Wiring};
use crate::spec::{Activation, Dtype, GraphSpec, LayerSpec, Learns, NodeSpec, Predicts, ShapeRule};

/// What kind of numbers a layer gives.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Numbers without bounds, or bounded otherwise than probabilities: of a linear map, or of this function.
    Scores(Activation),
    /// Numbers between 0 and 1 of this function.
    Probabilities(Activation),
    /// Probabilities that a fitted model gives.
    OfClasses,
    /// Logarithms of probabilities.
    LogProbabilities,
    /// What the layer does not tell: a layer of one's own, a merge, noise.
    Unknown,
    /// What it reads, in another shape or fewer of them.
    AsRead,
}

/// What kind of numbers a node gives, and the node whose layer says so, which stands before those that only reshape.
pub(crate) const fn ending(graph: &GraphSpec, wiring: &Wiring, node: usize) -> (Kind, usize) {
    let mut at = node;
    while !wiring.is_stuck(at) {
        let spec = &graph.nodes.items()[at];
        if spec.layer.learns.fitting().is_some() {
            return (of_fitted(graph, spec), at);
        }
        let kind = of_layer(&spec.layer);
        if !matches!(kind, Kind::AsRead) {
            return (kind, at);
        }
        let links = wiring.links(at);
        if links.len() != 1 {
            break;
        }
        match links.get(0) {
            Link::Node(read) => at = read,
            _ => break,
        }
    }
    (Kind::Unknown, at)
}

/// A model that is fitted to classes or bools gives the probability of each.
const fn of_fitted(graph: &GraphSpec, spec: &NodeSpec) -> Kind {
    let Some(target) = &spec.target else { return Kind::Unknown };
    let Some(fitting) = spec.layer.learns.fitting() else { return Kind::Unknown };
    match (fitting.predicts, target_column(graph, target)) {
        (Predicts::Classes | Predicts::NumbersOrClasses, Some(column)) => match column.dtype {
            Dtype::Class | Dtype::Bool => Kind::OfClasses,
            _ => Kind::Unknown,
        },
        _ => Kind::Unknown,
    }
}

const fn of_layer(layer: &LayerSpec) -> Kind {
    let elements = elements_of(layer);
    let mut i = elements.len();
    while i > 0 {
        i -= 1;
        match of_layer(&elements[i]) {
            // What is added to it has the same shape, and any values.
            Kind::Probabilities(_) | Kind::LogProbabilities if matches!(layer.shape, ShapeRule::Residual) => {
                return Kind::Unknown;
            }
            Kind::AsRead => {}
            known => return known,
        }
    }
    match layer.activation {
        Activation::Softmax | Activation::Sigmoid | Activation::Hardsigmoid => Kind::Probabilities(layer.activation),
        Activation::LogSoftmax => Kind::LogProbabilities,
        Activation::Identity => match layer.shape {
            ShapeRule::Stated(_) | ShapeRule::Crossed(_) | ShapeRule::Convolved(_)
                if matches!(layer.learns, Learns::BySteps) =>
            {
                Kind::Scores(Activation::Identity)
            }
            ShapeRule::Window(window) if window.channels.is_some() => Kind::Scores(Activation::Identity),
            ShapeRule::Flat
            | ShapeRule::Reshaped(_)
            | ShapeRule::Transposed
            | ShapeRule::Window(_)
            | ShapeRule::Covered(_)
            | ShapeRule::PerChannel
            | ShapeRule::WithoutPositions => Kind::AsRead,
            _ => Kind::Unknown,
        },
        function => Kind::Scores(function),
    }
}
