//! Inputs of losses and metrics: from the names that are written to what they stand for.

use candle_core::Tensor;

use super::loss::{Slot, Takes};
use super::spec::{FeedSpec, Operand};
use crate::error::At as _;
use crate::graph::{ColumnSource, GraphSpec, ModelGraph, Outputs, Source};
use crate::list::Name;
use crate::{Error, Result};

/// The only role of rows that no sampler with several roles has drawn.
const ONE_ROLE: &[Name] = &["default"];

/// What an input of a loss or metric stands for, by positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// The output of a node for the rows of one role.
    Output {
        /// The node.
        node: usize,
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
    /// The phase in messages: "train `regress`".
    pub(super) phase: String,
    /// The graph.
    pub(super) graph: &'a GraphSpec,
    /// The roles of each input's rows.
    roles: Vec<&'static [Name]>,
}

impl<'a> Scope<'a> {
    /// The scope of a phase with these feeds.
    pub(super) fn new(phase: String, graph: &'a GraphSpec, feeds: &[FeedSpec]) -> Self {
        let roles = graph.inputs.iter().map(|input| {
            let sampler = feeds.iter().find(|feed| feed.input == input.name).and_then(|feed| feed.sampler);
            sampler.map_or(ONE_ROLE, |sampler| sampler.roles)
        });
        Self { phase, graph, roles: roles.collect() }
    }

    /// Resolves the inputs of a loss or metric called `owner`.
    pub(super) fn resolve_all(&self, owner: Name, slots: &[Slot], operands: &[Operand]) -> Result<Vec<Resolved>> {
        if slots.len() != operands.len() {
            return Err(self.refused(&format!("`{owner}` takes {} inputs, {} are given", slots.len(), operands.len())));
        }
        slots.iter().zip(operands).map(|(slot, operand)| self.resolve(slot, operand)).collect()
    }

    fn resolve(&self, slot: &Slot, operand: &Operand) -> Result<Resolved> {
        let path = operand.path.items();
        let node = path.first().and_then(|name| node_index(self.graph, name));
        match (node, path) {
            (Some(node), [_]) if slot.takes == Takes::Parameters => Ok(Resolved::Parameters { node }),
            (Some(node), [_]) => Ok(Resolved::Output { node, role: self.single_role(self.node_roles(node), path)? }),
            (Some(node), [_, role]) => {
                Ok(Resolved::Output { node, role: self.role(self.node_roles(node), role, path)? })
            }
            (None, [input, column, rest @ ..]) => {
                let index = input_index(self.graph, input).ok_or_else(|| self.unknown(path))?;
                let schema = self.graph.inputs.items().get(index).map(|input| input.schema);
                let key = schema.and_then(|schema| schema.column(column)).ok_or_else(|| self.unknown(path))?.key;
                let roles = self.roles.get(index).copied().unwrap_or(ONE_ROLE);
                let role = match rest {
                    [] => self.single_role(roles, path)?,
                    [role] => self.role(roles, role, path)?,
                    _ => return Err(self.unknown(path)),
                };
                Ok(Resolved::Column { input: index, role, key })
            }
            _ => Err(self.unknown(path)),
        }
    }

    /// The roles of a node's output are those of the rows that it reads.
    fn node_roles(&self, node: usize) -> &'static [Name] {
        let read = inputs_of(self.graph, node);
        let mut several = read.iter().filter_map(|&input| self.roles.get(input)).filter(|roles| roles.len() > 1);
        several.next().copied().unwrap_or(ONE_ROLE)
    }

    fn single_role(&self, roles: &[Name], path: &[Name]) -> Result<usize> {
        if roles.len() == 1 {
            return Ok(0);
        }
        let written = path.join(".");
        let all: Vec<String> = roles.iter().map(|role| format!("{written}.{role}")).collect();
        Err(self.refused(&format!("`{written}` has {} roles; say which: {}", roles.len(), all.join(", "))))
    }

    fn role(&self, roles: &[Name], role: Name, path: &[Name]) -> Result<usize> {
        roles.iter().position(|&known| known == role).ok_or_else(|| {
            self.refused(&format!("no role `{role}` in `{}`; its rows have {}", path.join("."), roles.join(", ")))
        })
    }

    fn unknown(&self, path: &[Name]) -> Error {
        self.refused(&format!("no node or column `{}`", path.join(".")))
    }

    fn refused(&self, problem: &str) -> Error {
        Error::Refused(vec![format!("{}: {problem}", self.phase)])
    }
}

/// The position of a node by name.
pub(super) fn node_index(graph: &GraphSpec, name: &str) -> Option<usize> {
    graph.nodes.iter().position(|node| node.name == name)
}

/// The position of an input by name.
pub(super) fn input_index(graph: &GraphSpec, name: &str) -> Option<usize> {
    graph.inputs.iter().position(|input| input.name == name)
}

/// The inputs that a node reads, directly or through other nodes.
pub(super) fn inputs_of(graph: &GraphSpec, node: usize) -> Vec<usize> {
    let mut inputs = Vec::new();
    for node in upstream(graph, &[node], |_| true) {
        for source in graph.nodes.items().get(node).map_or(&[][..], |node| node.inputs.items()) {
            let (Source::Name(name) | Source::Column { input: name, .. }) = source;
            if let Some(input) = input_index(graph, name).filter(|input| !inputs.contains(input)) {
                inputs.push(input);
            }
        }
    }
    inputs
}

/// The nodes and all that they read, going only through nodes that `passes` lets through.
pub(super) fn upstream(graph: &GraphSpec, nodes: &[usize], passes: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut open = nodes.to_vec();
    while let Some(node) = open.pop() {
        if found.contains(&node) {
            continue;
        }
        found.push(node);
        if !passes(node) {
            continue;
        }
        for source in graph.nodes.items().get(node).map_or(&[][..], |node| node.inputs.items()) {
            if let Source::Name(name) = source {
                open.extend(node_index(graph, name));
            }
        }
    }
    found.sort_unstable();
    found
}

/// The nodes whose outputs are wanted.
pub(super) fn outputs_in(operands: &[Resolved]) -> impl Iterator<Item = usize> {
    operands.iter().filter_map(|operand| match operand {
        Resolved::Output { node, .. } => Some(*node),
        _ => None,
    })
}

impl Resolved {
    /// The tensor that it stands for in a batch, in the form that the graph works with.
    pub(super) fn fetch(&self, graph: &ModelGraph, outputs: &Outputs, rows: &dyn ColumnSource) -> Result<Tensor> {
        match self {
            Self::Output { node, role } => {
                let output = outputs.by_node.get(*node).and_then(|roles| roles.get(*role));
                output.cloned().ok_or_else(|| {
                    Error::Training(format!("node `{}` gave no output for role {role}", node_name(graph, *node)))
                })
            }
            Self::Column { input, role, key } => rows.column(*input, *role, key),
            Self::Parameters { node } => {
                let parameters = graph.parameters(*node);
                if parameters.is_empty() {
                    return Err(Error::Training(format!("node `{}` has no parameters", node_name(graph, *node))));
                }
                let flat = parameters.iter().map(|(_, parameter)| parameter.as_tensor().flatten_all());
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
