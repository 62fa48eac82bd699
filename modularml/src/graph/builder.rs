//! Graphs made at run time.

use super::layer::LayerSpec;
use super::model::ModelGraph;
use super::optimizer::OptimizerSpec;
use super::precision::Precision;
use crate::data::SchemaSpec;
use crate::source_line::SourceLine;
use crate::spec::{AlignSpec, GraphSpec, InputSpec, NodeOptimizer, NodeSpec, ParameterSpec, Source, TargetSpec};
use crate::text::{List, Name, Said, intern};
use crate::{Error, Result};

/// Describes a graph step by step: what `model_graph!` writes at compile time, for graphs that are known at run time
/// only. The same rules check both.
///
/// ```
/// use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
/// use modularml::graph::{Adam, Concat, GraphBuilder, Mlp, Reads};
///
/// # const fn column(key: &'static str, domain: Domain, axes: &[usize]) -> ColumnSpec {
/// #     ColumnSpec::new(key, domain, Dtype::F32, Shape::new(axes))
/// # }
/// const PULSE: SchemaSpec = SchemaSpec {
///     name: "Pulse",
///     columns: &[
///         column("voltage", Domain::Feature, &[101]),
///         column("temperature", Domain::Feature, &[]),
///         column("soh", Domain::Target, &[]),
///     ],
/// };
///
/// let graph = GraphBuilder::new("SohNet")
///     .input("pulse", PULSE)
///     .optimizer(Adam::lr(1e-3))
///     .node("encoder", Mlp::hidden([64]).output([16]), ["pulse.voltage"])
///     .node("thermal", Mlp::hidden([8]).output([4]), ["pulse.temperature"])
///     .node("fused", Concat::axis(-1), ["encoder", "thermal"])
///     .node("soh", Mlp::hidden([32]), Reads::of(["fused"]).predicts("pulse.soh"))
///     .build(42)?;
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    name: Name,
    inputs: Vec<InputSpec>,
    aligned: Vec<AlignSpec>,
    nodes: Vec<NodeSpec>,
    optimizer: Option<OptimizerSpec>,
    precision: Precision,
    /// The parameters of a graph that was declared with some.
    parameters: List<ParameterSpec>,
    said: Said,
    /// What nodes say twice, and what changes name that is not there.
    mistakes: Vec<String>,
}

impl GraphBuilder {
    /// A graph without inputs and nodes.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: intern(name),
            inputs: Vec::new(),
            aligned: Vec::new(),
            nodes: Vec::new(),
            optimizer: None,
            precision: Precision::default(),
            parameters: List::EMPTY,
            said: Said::default(),
            mistakes: Vec::new(),
        }
    }

    /// A description that is to be changed: that of a graph which was declared, built or loaded.
    #[must_use]
    pub fn of(spec: GraphSpec) -> Self {
        Self {
            name: spec.name,
            inputs: spec.inputs.iter().copied().collect(),
            aligned: spec.aligned.iter().copied().collect(),
            nodes: spec.nodes.iter().cloned().collect(),
            optimizer: spec.optimizer,
            precision: spec.precision,
            parameters: spec.parameters,
            said: Said::default(),
            mistakes: Vec::new(),
        }
    }

    /// Adds an input: rows of a schema, for example `Pulse::SCHEMA`.
    #[must_use]
    pub fn input(mut self, name: &str, schema: SchemaSpec) -> Self {
        self.inputs.push(InputSpec { name: intern(name), schema });
        self
    }

    /// Each row of the input `left` takes the row of the input `right` that has the same value in the
    /// column `key`, which both have: `.align("pulse", "image", "cell")`.
    #[must_use]
    pub fn align(mut self, left: &str, right: &str, key: &str) -> Self {
        self.aligned.push(AlignSpec { left: intern(left), right: intern(right), key: intern(key) });
        self
    }

    /// The optimizer of all nodes that have none of their own.
    #[must_use]
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerSpec>) -> Self {
        self.said.say("optimizer");
        self.optimizer = Some(optimizer.into());
        self
    }

    /// The type of its numbers; [`Precision::F32`] where nothing is said.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> Self {
        self.said.say("precision");
        self.precision = precision;
        self
    }

    /// Adds a node that reads earlier nodes (`"encoder"`) or columns (`"pulse.voltage"`); [`Reads`] says more about
    /// it, for example what it predicts.
    #[track_caller]
    #[must_use]
    pub fn node(mut self, name: &str, layer: impl Into<LayerSpec>, reads: impl Into<Reads>) -> Self {
        let Reads { inputs, target, output, frozen, optimizer, said } = reads.into();
        self.mistakes.extend(said.mistakes(&format!("node `{name}`")));
        let (name, layer) = (intern(name), layer.into());
        let line = SourceLine::of_caller();
        self.nodes.push(NodeSpec { name, layer, inputs: inputs.into(), target, output, frozen, optimizer, line });
        self
    }

    /// The description; of what is said twice, which [`build`](Self::build) refuses, it has the last.
    #[must_use]
    pub fn spec(self) -> GraphSpec {
        GraphSpec {
            name: self.name,
            inputs: self.inputs.into(),
            aligned: self.aligned.into(),
            nodes: self.nodes.into(),
            optimizer: self.optimizer,
            precision: self.precision,
            parameters: self.parameters,
        }
    }

    pub(super) fn name(&self) -> Name {
        self.name
    }

    pub(super) fn nodes(&self) -> &[NodeSpec] {
        &self.nodes
    }

    pub(super) fn with_nodes(mut self, change: impl FnOnce(&mut Vec<NodeSpec>)) -> Self {
        change(&mut self.nodes);
        self
    }

    /// A change that cannot be made, which [`build`](Self::build) refuses.
    pub(super) fn mistaken(mut self, mistake: String) -> Self {
        self.mistakes.push(mistake);
        self
    }

    /// Checks the description with every rule and builds the graph, its initial weights drawn from `seed`.
    ///
    /// # Errors
    /// [`Error::Refused`] with one line a mistake.
    pub fn build(self, seed: u64) -> Result<ModelGraph> {
        let mut mistakes = self.said.mistakes(&format!("graph `{}`", self.name));
        mistakes.extend_from_slice(&self.mistakes);
        if mistakes.is_empty() { ModelGraph::build(self.spec(), seed) } else { Err(Error::Refused(mistakes)) }
    }
}

/// What a node reads, and what else is said about it beside its layer.
#[derive(Clone, Debug)]
pub struct Reads {
    inputs: Vec<Source>,
    target: Option<TargetSpec>,
    output: bool,
    frozen: bool,
    optimizer: Option<NodeOptimizer>,
    said: Said,
}

impl Reads {
    /// Nodes and columns in order.
    #[must_use]
    pub fn of<S: Into<Source>>(inputs: impl IntoIterator<Item = S>) -> Self {
        let inputs = inputs.into_iter().map(Into::into).collect();
        Self { inputs, target: None, output: false, frozen: false, optimizer: None, said: Said::default() }
    }

    /// The node predicts this column, for example `"pulse.soh"`, and takes its output shape from it.
    #[must_use]
    pub fn predicts(mut self, column: impl Into<TargetSpec>) -> Self {
        self.said.say("its target");
        self.target = Some(column.into());
        self
    }

    /// The node predicts this column although it may read it on the way, as an autoencoder does.
    #[must_use]
    pub fn reconstructs(mut self, column: impl Into<TargetSpec>) -> Self {
        self.said.say("its target");
        self.target = Some(TargetSpec { reconstructs: true, ..column.into() });
        self
    }

    /// The node is read from outside the graph, so that no other node needs to read it.
    #[must_use]
    pub fn output(mut self) -> Self {
        self.output = true;
        self
    }

    /// The node's parameters stay as they are.
    #[must_use]
    pub fn frozen(mut self) -> Self {
        self.frozen = true;
        self
    }

    /// The node has its own optimizer; the graph has none.
    #[must_use]
    pub fn optimizer(mut self, optimizer: impl Into<OptimizerSpec>) -> Self {
        self.said.say("optimizer");
        self.optimizer = Some(NodeOptimizer { optimizer: optimizer.into(), overrides: false });
        self
    }

    /// The node has its own optimizer beside the graph's.
    #[must_use]
    pub fn override_optimizer(mut self, optimizer: impl Into<OptimizerSpec>) -> Self {
        self.said.say("optimizer");
        self.optimizer = Some(NodeOptimizer { optimizer: optimizer.into(), overrides: true });
        self
    }
}

impl<S: Into<Source>, const N: usize> From<[S; N]> for Reads {
    fn from(inputs: [S; N]) -> Self {
        Self::of(inputs)
    }
}

impl<S: Into<Source>> From<Vec<S>> for Reads {
    fn from(inputs: Vec<S>) -> Self {
        Self::of(inputs)
    }
}
