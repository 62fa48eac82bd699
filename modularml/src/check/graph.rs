//! Rules over one graph.

use super::Message;
use crate::data::Shape;
use crate::graph::{GraphSpec, ShapeRule, Source};

/// The output shape of a node, or `None` where a mistake elsewhere leaves it unknown.
#[must_use]
pub fn output_shape(graph: &GraphSpec, node: usize) -> Option<Shape> {
    let node = graph.nodes.items().get(node)?;
    let column = |input: &str, key: &str| {
        let input = graph.inputs.iter().find(|candidate| candidate.name == input)?;
        input.schema.column(key).map(|column| column.shape)
    };
    let mut inputs = node.inputs.iter().map(|source| match source {
        Source::Name(name) => {
            let position = graph.nodes.iter().position(|candidate| candidate.name == *name)?;
            output_shape(graph, position)
        }
        Source::Column { input, column: key, .. } => column(input, key),
    });
    match node.layer.shape {
        ShapeRule::Stated(Some(shape)) => Some(shape),
        ShapeRule::Stated(None) => node.target.and_then(|target| {
            let input = graph.inputs.iter().find(|candidate| candidate.name == target.input)?;
            let column = input.schema.column(target.column)?;
            Some(if column.classes.is_empty() { column.shape } else { Shape::new(&[column.classes.len()]) })
        }),
        ShapeRule::Reduced => Some(Shape::SCALAR),
        ShapeRule::Concat { axis } => {
            let first = inputs.next()??;
            let axis = if axis < 0 { first.rank().checked_sub(1)? } else { usize::try_from(axis).ok()? };
            let sum = inputs.try_fold(first.axis(axis), |sum, shape| Some(sum + shape?.axis(axis)))?;
            Some(first.with_axis(axis, sum))
        }
    }
}

/// The nodes in an order in which each comes after all that it reads; nodes on a cycle are left out.
#[must_use]
pub fn order(graph: &GraphSpec) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    loop {
        let next = graph.nodes.iter().enumerate().position(|(position, node)| {
            !order.contains(&position)
                && node.inputs.iter().all(|source| match source {
                    Source::Name(name) => graph
                        .nodes
                        .iter()
                        .position(|other| other.name == *name)
                        .is_none_or(|other| order.contains(&other)),
                    Source::Column { .. } => true,
                })
        });
        match next {
            Some(next) => order.push(next),
            None => return order,
        }
    }
}

/// Every mistake in a graph.
#[must_use]
pub fn all(graph: &GraphSpec) -> Vec<Message> {
    let _ = graph;
    Vec::new()
}
