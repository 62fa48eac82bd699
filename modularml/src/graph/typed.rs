//! What `model_graph!` generates code against: a typed face of the one runtime graph.

use candle_core::{DType, Tensor};

use super::model::ModelGraph;
use super::spec::GraphSpec;
use crate::data::View;
use crate::list::Name;
use crate::{Error, Result};

/// A graph that `model_graph!` declared.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a graph",
    label = "not a graph",
    note = "name a type that model_graph! declares: model_graph! {{ pub graph {Self}(..) {{ .. }} }}"
)]
pub trait Graph: Sized {
    /// The inputs and nodes by name.
    type Names: Copy;
    /// The FeatureSets by input.
    type Data: Into<Vec<View>>;
    /// A tensor a node.
    type Outputs: TryFrom<NodeOutputs, Error = Error>;
    /// The inputs and nodes by name.
    const NAMES: Self::Names;
    /// The description.
    const SPEC: GraphSpec;
}

/// A node of a declared graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeHandle {
    index: usize,
    name: Name,
}

impl NodeHandle {
    /// The node at a position of the graph's description; for the macro.
    #[must_use]
    pub const fn new(index: usize, name: Name) -> Self {
        Self { index, name }
    }

    /// The position in the graph's description.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> Name {
        self.name
    }
}

/// What the nodes computed, by position.
#[derive(Debug)]
pub struct NodeOutputs(pub Vec<Option<Tensor>>);

impl NodeOutputs {
    /// Takes out what a node computed.
    ///
    /// # Errors
    /// When the node did not run.
    pub fn take(&mut self, node: usize) -> Result<Tensor> {
        let output = self.0.get_mut(node).and_then(Option::take);
        output.ok_or_else(|| Error::Data(format!("node {node} of the graph did not run")))
    }
}

/// Builds a declared graph in f32.
///
/// # Errors
/// As [`ModelGraph::build`].
pub fn build<G: Graph>(seed: u64) -> Result<ModelGraph> {
    ModelGraph::build(G::SPEC, DType::F32, seed)
}
