//! The tensors that inputs of losses and metrics stand for.

use candle_core::Tensor;

use crate::error::At as _;
use crate::graph::kernel::half::widened;
use crate::graph::{ColumnSource, Mask, ModelGraph, Outputs};
use crate::plan::compared::Compared;
use crate::text::Name;
use crate::{Error, Result};

/// The tensor that an operand stands for in a batch, in the form that the graph works with.
pub(super) fn fetch(
    operand: &Compared,
    graph: &ModelGraph,
    outputs: &Outputs,
    rows: &dyn ColumnSource,
) -> Result<Tensor> {
    match operand {
        Compared::Output { node, role, .. } => {
            let output = outputs.by_node.get(*node).and_then(|roles| roles.get(*role));
            output.cloned().ok_or_else(|| {
                Error::Training(format!("node `{}` gave no output for role {role}", node_name(graph, *node)))
            })
        }
        Compared::Column { input, role, key, .. } => {
            graph.here(&rows.column(*input, *role, key)?).at(|| format!("column `{key}`"))
        }
        Compared::Parameters { node } => {
            let parameters = graph.parameters(*node);
            if parameters.is_empty() {
                return Err(Error::Training(format!("node `{}` has no parameters", node_name(graph, *node))));
            }
            let flat = parameters.iter().map(|(_, parameter)| widened(parameter)?.flatten_all());
            let flat = flat.collect::<candle_core::Result<Vec<_>>>();
            flat.and_then(|flat| Tensor::cat(&flat, 0)).at(|| format!("parameters of `{}`", node_name(graph, *node)))
        }
    }
}

/// Where all that some operands stand for have values; none where nothing has padding.
pub(super) fn mask_of(operands: &[Compared], outputs: &Outputs, rows: &dyn ColumnSource) -> Result<Option<Mask>> {
    let mask = |operand: &Compared| match operand {
        Compared::Output { node, role, .. } => Ok(outputs.mask(*node, *role).cloned()),
        Compared::Column { input, role, key, is_sequence: true } => rows.mask(*input, *role, key),
        Compared::Column { .. } | Compared::Parameters { .. } => Ok(None),
    };
    if !operands.iter().any(Compared::is_padded) {
        return Ok(None);
    }
    Mask::of_all(&operands.iter().map(mask).collect::<Result<Vec<_>>>()?, 0)
}

/// The name of a node in messages.
pub(super) fn node_name(graph: &ModelGraph, node: usize) -> Name {
    graph.spec().nodes.items().get(node).map_or("?", |node| node.name)
}
