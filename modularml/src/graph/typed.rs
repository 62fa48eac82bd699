//! What `model_graph!` generates code against: a typed face of the one runtime graph.

use std::marker::PhantomData;

use candle_core::{DType, Tensor};

use super::align::side_by_side;
use super::mask::Mask;
use super::model::{ColumnSource, ModelGraph};
use crate::data::{OneRow, Representation, View, Views};
use crate::plan::wiring::Wiring;
use crate::spec::{GraphSpec, Parameters};
use crate::text::{Name, Verdict};
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
    type Data: Into<Views>;
    /// A row of each input, by reference.
    type Row<'row>: OneRow;
    /// A tensor a node.
    type Outputs: TryFrom<NodeOutputs, Error = Error>;
    /// Something else a node.
    type OutputsOf<T>: TryFrom<NodeOutputs<T>, Error = Error>;
    /// The inputs and nodes by name.
    const NAMES: Self::Names;
    /// The description.
    const SPEC: GraphSpec;
    /// What follows from the description, for the rules.
    #[doc(hidden)]
    const WIRING: Wiring;
    /// Whether no rule refuses the graph and its schemas; where one does, the rules of experiments are not asked.
    #[doc(hidden)]
    const IS_SOUND: bool;
    /// Its parameters.
    type Parameters: Parameters;
    /// The graph with the parameters of a type, in constants.
    #[doc(hidden)]
    type At<Q: Point<Self::Parameters>>: Described;

    /// The description with some parameters.
    #[doc(hidden)]
    #[must_use]
    fn described(_parameters: &Self::Parameters) -> GraphSpec {
        Self::SPEC
    }
}

/// Values of parameters as a type: a constant that depends on them is generic over it, and one list of nodes, written
/// once, is constant for each.
pub trait Point<P> {
    /// The values.
    const PARAMETERS: P;
}

/// A graph with some parameters, in constants.
pub trait Described {
    /// The description.
    const SPEC: GraphSpec;
    /// What follows from it.
    const WIRING: Wiring;
    /// What the first rule refuses of it.
    const VERDICT: Verdict;
    /// The description, to be looked at.
    const GRAPH: &'static GraphSpec = &Self::SPEC;
}

/// A graph without parameters is the same with all.
pub struct AsDeclared<G>(PhantomData<G>);

impl<G: Graph> Described for AsDeclared<G> {
    const SPEC: GraphSpec = G::SPEC;
    const WIRING: Wiring = G::WIRING;
    // What is wrong with it is told where it stands, and nothing else is asked then.
    const VERDICT: Verdict = Ok(());
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

/// What the nodes computed, by position; of a node that did not run, why not.
#[derive(Debug)]
pub struct NodeOutputs<T = Tensor>(pub Vec<Result<T, String>>);

impl<T> NodeOutputs<T> {
    /// Takes out what a node computed.
    ///
    /// # Errors
    /// When the node did not run, or its output was taken before.
    pub fn take(&mut self, node: usize) -> Result<T> {
        let missing = || Err(format!("node {node} of the graph has no output"));
        let output = self.0.get_mut(node).map_or_else(missing, |output| std::mem::replace(output, missing()));
        output.map_err(Error::Data)
    }
}

/// Builds a declared graph.
///
/// # Errors
/// As [`ModelGraph::build`].
pub fn build<G: Graph>(seed: u64) -> Result<ModelGraph> {
    ModelGraph::build(G::SPEC, seed)
}

/// Runs every node on all rows as they were read, without noise.
///
/// # Errors
/// When a column is missing, or a layer that learns by fit has not been fitted.
pub fn forward(graph: &ModelGraph, rows: impl Into<Views>) -> Result<NodeOutputs> {
    let all: Vec<usize> = (0..graph.spec().nodes.len()).collect();
    let rows = RawRows { views: side_by_side(graph.spec(), rows.into().into())?, dtype: graph.dtype() };
    let outputs = graph.run(&all, &[], &rows, None)?;
    let output = |&node: &usize| {
        let output = outputs.zeroed(node, 0)?;
        Ok(output.ok_or_else(|| format!("node {node} of the graph did not run")))
    };
    Ok(NodeOutputs(all.iter().map(output).collect::<Result<_>>()?))
}

/// The columns of some views as they were read, in one role.
struct RawRows {
    views: Vec<View>,
    dtype: DType,
}

impl ColumnSource for RawRows {
    fn column(&self, input: usize, _role: usize, key: &str) -> Result<Tensor> {
        let view =
            self.views.get(input).ok_or_else(|| Error::Data(format!("no rows for input {input} of the graph")))?;
        view.tensor(key, Representation::Raw, self.dtype)
    }

    fn mask(&self, input: usize, _role: usize, key: &str) -> Result<Option<Mask>> {
        self.views.get(input).map_or(Ok(None), |view| view.padding(key))
    }

    fn roles(&self, _input: usize) -> usize {
        1
    }
}
