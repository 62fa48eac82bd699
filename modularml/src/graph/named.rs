//! Nodes by name.

use super::model::ModelGraph;
use super::typed::NodeHandle;
use crate::spec::NodeSpec;
use crate::text::{Message, Name, Names, unknown};
use crate::{Error, Result};

impl ModelGraph {
    /// The positions of nodes that a declared graph names.
    ///
    /// # Errors
    /// When one is of another graph.
    pub(crate) fn positions(&self, nodes: impl IntoIterator<Item = NodeHandle>) -> Result<Vec<usize>> {
        let of_graph = self.spec().nodes.items();
        let position = |node: NodeHandle| {
            let is_own = of_graph.get(node.index()).is_some_and(|spec| spec.name == node.name());
            is_own.then_some(node.index()).ok_or_else(|| self.no_node(node.name()))
        };
        nodes.into_iter().map(position).collect()
    }

    /// The error that there is no such node.
    pub(super) fn no_node(&self, name: &str) -> Error {
        let spec = self.spec();
        Error::Unknown { what: "node", name: name.to_owned(), problem: no_node(spec.name, spec.nodes.iter(), name) }
    }
}

/// "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh"
pub(super) fn no_node<'n>(graph: Name, nodes: impl Iterator<Item = &'n NodeSpec>, wrong: &str) -> String {
    let names = nodes.fold(Names::NONE, |names, spec| names.with(spec.name));
    unknown("node", wrong, Message::new().text("in ").name(graph), "nodes", &names).to_string()
}
