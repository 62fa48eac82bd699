//! What is saved of a graph.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::ModelGraph;
use crate::error::At as _;
use crate::{Error, Result};

impl ModelGraph {
    /// Everything that saving must keep, by full names. The tensors are copies, which later steps do not change.
    ///
    /// # Errors
    /// When a tensor cannot be copied.
    pub fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut all = BTreeMap::new();
        for node in &self.nodes {
            let state = node.layer.state().in_node(node.called())?;
            all.extend(state.into_iter().map(|(name, tensor)| (format!("{}.{name}", node.name), tensor)));
        }
        Ok(all)
    }

    /// Takes over a saved state whole, or refuses it and changes nothing.
    ///
    /// # Errors
    /// [`Error::State`] in the [`Error::Node`] that it does not fit.
    pub fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut by_node: BTreeMap<&str, BTreeMap<String, Tensor>> = BTreeMap::new();
        for (key, tensor) in state {
            match key.split_once('.') {
                Some((name, rest)) if self.nodes.iter().any(|node| node.name == name) => {
                    by_node.entry(name).or_default().insert(rest.to_owned(), tensor.clone());
                }
                _ => {
                    let nodes: Vec<_> = self.nodes.iter().map(|node| node.name).collect();
                    return Err(Error::State(format!(
                        "`{key}` belongs to no node of `{}`; nodes: {}",
                        self.spec.name,
                        nodes.join(", ")
                    )));
                }
            }
        }
        let before = self.nodes.iter().map(|node| node.layer.state()).collect::<Result<Vec<_>>>()?;
        for position in 0..self.nodes.len() {
            let node = &mut self.nodes[position];
            let result = node.layer.set_state(&by_node.remove(node.name).unwrap_or_default());
            if result.is_err() {
                for (node, state) in self.nodes.iter_mut().zip(&before).take(position) {
                    node.layer.set_state(state).in_node(node.called())?;
                }
            }
            result.in_node(self.nodes[position].called())?;
        }
        Ok(())
    }
}
