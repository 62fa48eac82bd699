//! The description of a graph: what the macro writes into a constant and the builder makes at run time.

use serde::{Deserialize, Serialize};

use super::SchemaSpec;
use super::optimizer::OptimizerSpec;
use super::parameter::ParameterSpec;
use super::precision::Precision;
use super::settings::LayerSpec;
use crate::source_line::SourceLine;
use crate::text::{List, Name, intern, interned};

/// A graph: its inputs and its nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphSpec {
    /// The name of the graph.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The inputs in order.
    pub inputs: List<InputSpec>,
    /// The inputs that are joined to another.
    #[serde(default)]
    pub aligned: List<AlignSpec>,
    /// The nodes in the order of declaration.
    pub nodes: List<NodeSpec>,
    /// The optimizer of all nodes that have none of their own.
    #[serde(default)]
    pub optimizer: Option<OptimizerSpec>,
    /// The type of its numbers.
    #[serde(default)]
    pub precision: Precision,
    /// The parameters of the graph, with the values that it was made with.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub parameters: List<ParameterSpec>,
}

/// An input of a graph: rows of one schema.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// The name in the graph.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The columns of its rows.
    pub schema: SchemaSpec,
}

/// A left join: each row of the left input takes the one row of the right input that has the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignSpec {
    /// The input that is split and fed; several of its rows may take one row of the right input.
    #[serde(deserialize_with = "interned")]
    pub left: Name,
    /// The input that is joined; each key stands in it once.
    #[serde(deserialize_with = "interned")]
    pub right: Name,
    /// The column of both whose values are compared.
    #[serde(deserialize_with = "interned")]
    pub key: Name,
}

/// A node of a graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    /// The name in the graph.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// What it computes.
    pub layer: LayerSpec,
    /// What it reads.
    pub inputs: List<Source>,
    /// The column that it predicts.
    #[serde(default)]
    pub target: Option<TargetSpec>,
    /// Whether it is read from outside the graph, by a loss or a person, so that no node needs to read it.
    #[serde(default)]
    pub output: bool,
    /// Whether it starts frozen.
    #[serde(default)]
    pub frozen: bool,
    /// Its own optimizer.
    #[serde(default)]
    pub optimizer: Option<NodeOptimizer>,
    /// Where it is declared.
    #[serde(skip)]
    pub line: SourceLine,
}

/// The optimizer of a node.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeOptimizer {
    /// The optimizer.
    pub optimizer: OptimizerSpec,
    /// Whether it is meant to stand beside the graph's.
    #[serde(default)]
    pub overrides: bool,
}

/// What a node reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A single name: an earlier node, or an input as a whole.
    Name(#[serde(deserialize_with = "interned")] Name),
    /// A column of an input.
    Column {
        /// The input.
        #[serde(deserialize_with = "interned")]
        input: Name,
        /// The column's key.
        #[serde(deserialize_with = "interned")]
        column: Name,
        /// Whether integer codes are meant as amounts (`.as_number()`).
        #[serde(default)]
        as_number: bool,
    },
}

impl Source {
    /// The same column, its integer codes meant as amounts; a name stays as it is.
    #[must_use]
    pub const fn as_number(self) -> Self {
        match self {
            Self::Column { input, column, .. } => Self::Column { input, column, as_number: true },
            Self::Name(_) => self,
        }
    }
}

/// `"encoder"` is a name, `"pulse.voltage"` a column of an input.
impl From<&str> for Source {
    fn from(text: &str) -> Self {
        match text.split_once('.') {
            Some((input, column)) => Self::Column { input: intern(input), column: intern(column), as_number: false },
            None => Self::Name(intern(text)),
        }
    }
}

/// The column that a node predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSpec {
    /// The input.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// The column's key.
    #[serde(deserialize_with = "interned")]
    pub column: Name,
    /// Whether the column may be a feature that is read on the way (`#[allow(reconstruct)]`).
    #[serde(default)]
    pub reconstructs: bool,
}

/// `"pulse.soh"` is a column of an input.
impl From<&str> for TargetSpec {
    fn from(text: &str) -> Self {
        let (input, column) = text.split_once('.').unwrap_or((text, ""));
        Self { input: intern(input), column: intern(column), reconstructs: false }
    }
}
