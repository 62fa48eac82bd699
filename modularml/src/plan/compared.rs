//! What the inputs of losses and metrics stand for, by position.

use super::operand::{Named, named, role_of, roles};
use super::wiring::Wiring;
use crate::spec::{GraphSpec, Operand, PhaseSpec, Slot, Takes};
use crate::text::Name;
use crate::{Error, Result};

/// What an input of a loss or metric stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// The output of a node for the rows of one role.
    Output {
        /// The node.
        node: usize,
        /// The input whose rows it is computed from; the first of several.
        input: usize,
        /// The role.
        role: usize,
        /// Whether rows that are shorter than others are padded.
        is_padded: bool,
    },
    /// A column of an input for the rows of one role.
    Column {
        /// The input.
        input: usize,
        /// The role.
        role: usize,
        /// The column.
        key: Name,
        /// Whether its rows differ in length, so that shorter ones are padded.
        is_sequence: bool,
    },
    /// The parameters of a node, joined into one vector.
    Parameters {
        /// The node.
        node: usize,
    },
}

impl Compared {
    /// The input and role whose rows it is about; none for parameters.
    pub(crate) const fn rows(&self) -> Option<(usize, usize)> {
        match self {
            Self::Output { input, role, .. } | Self::Column { input, role, .. } => Some((*input, *role)),
            Self::Parameters { .. } => None,
        }
    }

    /// Whether some of its numbers may be padding.
    pub(crate) const fn is_padded(&self) -> bool {
        matches!(self, Self::Output { is_padded: true, .. } | Self::Column { is_sequence: true, .. })
    }

    /// The node whose output it is.
    pub(crate) const fn output(&self) -> Option<usize> {
        if let Self::Output { node, .. } = self { Some(*node) } else { None }
    }
}

/// What names mean in one phase.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) graph: &'a GraphSpec,
    pub(super) wiring: &'a Wiring,
    pub(super) phase: &'a PhaseSpec,
    /// The evaluation of the phase, whose rows other feeds may give; none of what it learns from.
    pub(super) evaluation: Option<usize>,
}

impl Scope<'_> {
    /// What the inputs of a loss or metric called `owner` stand for.
    pub(super) fn all(self, owner: Name, slots: &[Slot], operands: &[Operand]) -> Result<Vec<Compared>> {
        let compared = |(slot, operand): (&Slot, &Operand)| {
            let refused = || format!("`{}`: {owner} cannot take `{operand}`", self.phase.name);
            self.one(slot, operand).ok_or_else(|| Error::Refused(vec![refused()]))
        };
        slots.iter().zip(operands).map(compared).collect()
    }

    fn one(self, slot: &Slot, operand: &Operand) -> Option<Compared> {
        match named(self.graph, operand) {
            Named::Node(node) if slot.takes == Takes::Parameters => Some(Compared::Parameters { node }),
            Named::Node(node) => {
                let input = self.wiring.input_of(node)?;
                let is_padded = self.wiring.is_padded(node);
                Some(Compared::Output { node, input, role: self.role(input, operand)?, is_padded })
            }
            Named::Column { input, column } => {
                let column = self.graph.inputs.items().get(input)?.schema.columns.get(column)?;
                let is_sequence = column.sequence.is_some();
                Some(Compared::Column { input, role: self.role(input, operand)?, key: column.key, is_sequence })
            }
            Named::Unknown => None,
        }
    }

    /// The position of the role that an operand names among those of an input's rows.
    fn role(self, input: usize, operand: &Operand) -> Option<usize> {
        let roles = roles(self.graph, self.phase, input, self.evaluation);
        match role_of(self.graph, operand) {
            Some(role) => roles.iter().position(|known| *known == role),
            None => (roles.len() == 1).then_some(0),
        }
    }
}
