//! Which parameters had a gradient in the first round of the feeds.

use candle_core::Tensor;

use super::Training;
use crate::experiment::operand::node_name;
use crate::experiment::update::Learning;
use crate::graph::ModelGraph;
use crate::{Error, Result};

impl Training {
    /// Rule of the first step: every parameter that learns has a gradient.
    pub(super) fn check_gradients(&self, graph: &ModelGraph) -> Result<()> {
        let unmoved = self.at.unmoved.iter().filter_map(|&parameter| self.parameters.get(parameter));
        let mut unmoved = unmoved.peekable();
        let Some(&first) = unmoved.peek() else { return Ok(()) };
        let of_node = unmoved.filter(|learning| learning.node == first.node);
        let names: Vec<&str> = of_node.map(|learning| learning.name.as_str()).collect();
        Err(Error::Training(format!(
            "{}, step 1: parameters {} received no gradient; a detach in `{}`, or between it and the loss?",
            self.title,
            names.join(", "),
            node_name(graph, first.node)
        )))
    }
}

/// Removes the parameters that a step gives a gradient, which is left out otherwise.
pub(super) fn note_moved(unmoved: &mut Vec<usize>, parameters: &[Learning], part: &Tensor) -> candle_core::Result<()> {
    if !unmoved.is_empty() {
        let gradients = part.backward()?;
        let moves = |learning: &Learning| gradients.get(learning.parameter.as_tensor()).is_some();
        unmoved.retain(|&parameter| !parameters.get(parameter).is_some_and(moves));
    }
    Ok(())
}
