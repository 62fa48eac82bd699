//! Inputs of losses and metrics: from the names that are written to what they stand for.

use candle_core::Tensor;

use super::loss::{Slot, Takes};
use crate::error::At as _;
use crate::graph::kernel::half::widened;
use crate::graph::{ColumnSource, GraphSpec, ModelGraph, Outputs};
use crate::plan::operand::{Named, named, role_of, roles};
use crate::plan::wiring::Wiring;
use crate::spec::{Operand, PhaseSpec};
use crate::text::Name;
use crate::{Error, Result};

/// What an input of a loss or metric stands for, by positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// The output of a node for the rows of one role.
    Output {
        /// The node.
        node: usize,
        /// The input whose rows it is computed from; the first of several.
        input: usize,
        /// The role.
        role: usize,
    },
    /// A column of an input for the rows of one role.
    Column {
        /// The input.
        input: usize,
        /// The role.
        role: usize,
        /// The column.
        key: Name,
    },
    /// The parameters of a node, joined into one vector.
    Parameters {
        /// The node.
        node: usize,
    },
}

/// What names mean in one phase.
pub(super) struct Scope<'a> {
    pub(super) graph: &'a GraphSpec,
    pub(super) wiring: &'a Wiring,
    pub(super) phase: &'a PhaseSpec,
    /// Whether rows come one by one, whatever sampler feeds the phase.
    pub(super) evaluating: bool,
}

impl Scope<'_> {
    /// Resolves the inputs of a loss or metric called `owner`.
    pub(super) fn resolve_all(&self, owner: Name, slots: &[Slot], operands: &[Operand]) -> Result<Vec<Resolved>> {
        let resolve = |(slot, operand): (&Slot, &Operand)| {
            let refused = || format!("`{}`: {owner} cannot take `{operand}`", self.phase.name);
            self.resolve(slot, operand).ok_or_else(|| Error::Refused(vec![refused()]))
        };
        slots.iter().zip(operands).map(resolve).collect()
    }

    fn resolve(&self, slot: &Slot, operand: &Operand) -> Option<Resolved> {
        match named(self.graph, operand) {
            Named::Node(node) if slot.takes == Takes::Parameters => Some(Resolved::Parameters { node }),
            Named::Node(node) => {
                let input = self.wiring.input_of(node)?;
                Some(Resolved::Output { node, input, role: self.role(input, operand)? })
            }
            Named::Column { input, column } => {
                let key = self.graph.inputs.items().get(input)?.schema.columns.get(column)?.key;
                Some(Resolved::Column { input, role: self.role(input, operand)?, key })
            }
            Named::Unknown => None,
        }
    }

    /// The position of the role that an operand names among those of an input's rows.
    fn role(&self, input: usize, operand: &Operand) -> Option<usize> {
        let roles = roles(self.graph, self.phase, input, self.evaluating);
        match role_of(self.graph, operand) {
            Some(role) => roles.iter().position(|known| *known == role),
            None => (roles.len() == 1).then_some(0),
        }
    }
}

/// The nodes whose outputs are wanted.
pub(super) fn outputs_in(operands: &[Resolved]) -> impl Iterator<Item = usize> {
    operands.iter().filter_map(|operand| match operand {
        Resolved::Output { node, .. } => Some(*node),
        _ => None,
    })
}

impl Resolved {
    /// The input and role whose rows it is about; none for parameters.
    pub(super) const fn rows(&self) -> Option<(usize, usize)> {
        match self {
            Self::Output { input, role, .. } | Self::Column { input, role, .. } => Some((*input, *role)),
            Self::Parameters { .. } => None,
        }
    }

    /// The tensor that it stands for in a batch, in the form that the graph works with.
    pub(super) fn fetch(&self, graph: &ModelGraph, outputs: &Outputs, rows: &dyn ColumnSource) -> Result<Tensor> {
        match self {
            Self::Output { node, role, .. } => {
                let output = outputs.by_node.get(*node).and_then(|roles| roles.get(*role));
                output.cloned().ok_or_else(|| {
                    Error::Training(format!("node `{}` gave no output for role {role}", node_name(graph, *node)))
                })
            }
            Self::Column { input, role, key } => {
                graph.here(&rows.column(*input, *role, key)?).at(|| format!("column `{key}`"))
            }
            Self::Parameters { node } => {
                let parameters = graph.parameters(*node);
                if parameters.is_empty() {
                    return Err(Error::Training(format!("node `{}` has no parameters", node_name(graph, *node))));
                }
                let flat = parameters.iter().map(|(_, parameter)| widened(parameter)?.flatten_all());
                let flat = flat.collect::<candle_core::Result<Vec<_>>>();
                flat.and_then(|flat| Tensor::cat(&flat, 0))
                    .at(|| format!("parameters of `{}`", node_name(graph, *node)))
            }
        }
    }
}

/// The name of a node in messages.
pub(super) fn node_name(graph: &ModelGraph, node: usize) -> Name {
    graph.spec().nodes.items().get(node).map_or("?", |node| node.name)
}
