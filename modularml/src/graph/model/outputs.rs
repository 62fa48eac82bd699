//! What the nodes of a graph computed.

use candle_core::Tensor;

use crate::Result;
use crate::graph::mask::Mask;

/// What the nodes computed: for each node that ran, one tensor a role.
#[derive(Debug, Default)]
pub struct Outputs {
    /// By node in the order of declaration, then by role; empty for nodes that did not run.
    pub by_node: Vec<Vec<Tensor>>,
    /// Where the outputs have values and not padding, by node, then by role; none for outputs without padding.
    pub(super) masks: Vec<Vec<Option<Mask>>>,
}

impl Outputs {
    /// Where the output of a node for a role has values; none where it has no padding.
    #[must_use]
    pub fn mask(&self, node: usize, role: usize) -> Option<&Mask> {
        self.masks.get(node).and_then(|roles| roles.get(role)).and_then(Option::as_ref)
    }

    /// The output of a node for a role, with zeros in place of padding; none where it did not run.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn zeroed(&self, node: usize, role: usize) -> Result<Option<Tensor>> {
        let output = self.by_node.get(node).and_then(|roles| roles.get(role));
        output
            .map(|output| self.mask(node, role).map_or_else(|| Ok(output.clone()), |mask| mask.zero(output)))
            .transpose()
    }
}
