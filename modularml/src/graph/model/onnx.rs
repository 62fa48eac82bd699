//! A running graph in operators of ONNX.

use super::{ModelGraph, Read};
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Name;
use crate::{Error, Result};

impl ModelGraph {
    /// Adds the wanted nodes and all that they read to a graph of ONNX, with the columns that `column` gives; the outputs of
    /// those that were added stand by node.
    ///
    /// # Errors
    /// The node that cannot be told, and why.
    pub(crate) fn onnx(
        &self,
        wanted: &[usize],
        graph: &mut OnnxGraph,
        mut column: impl FnMut(&mut OnnxGraph, usize, Name) -> Result<OnnxValue>,
    ) -> Result<Vec<Option<OnnxValue>>> {
        let mut by_node: Vec<Option<OnnxValue>> = vec![None; self.nodes.len()];
        for position in self.needed(wanted) {
            let (Some(node), Some(spec)) = (self.nodes.get(position), self.spec.nodes.items().get(position)) else {
                continue;
            };
            let mut inputs = Vec::with_capacity(node.reads.len());
            for read in &node.reads {
                let value = match *read {
                    Read::Node(read) => by_node
                        .get(read)
                        .cloned()
                        .flatten()
                        .ok_or_else(|| Error::Component("it reads a node that was not exported".to_owned())),
                    Read::Column { input, key, .. } => column(graph, input, key),
                };
                inputs.push(value.in_node(node.called())?);
            }
            if node.reads_padding {
                let problem = "it reads rows of different lengths, and where a row ends is not exported to ONNX; reduce \
                               them by columns of a fixed length";
                return Err(Error::Component(problem.to_owned())).in_node(node.called());
            }
            graph.at(node.name);
            let output = node.layer.onnx(graph, &inputs).at(|| spec.layer.name.to_owned());
            let output = output.in_node(node.called())?;
            if let Some(place) = by_node.get_mut(position) {
                *place = Some(output);
            }
        }
        Ok(by_node)
    }
}
