//! What the operands of losses and metrics name.

use super::lookup::{column_named, input_named, node_named, row_source};
use super::wiring::Wiring;
use crate::spec::{ColumnSpec, GraphSpec, Operand, PhaseSpec};
use crate::text::{Message, Name, Shape, same};

/// What an operand names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The output of a node.
    Node(usize),
    /// A column of an input.
    Column {
        /// The input.
        input: usize,
        /// The column in the input's schema.
        column: usize,
    },
    /// A name that nothing has.
    Unknown,
}

/// What an operand names.
#[must_use]
pub const fn named(graph: &GraphSpec, operand: &Operand) -> Named {
    let path = operand.path.items();
    if path.is_empty() {
        return Named::Unknown;
    }
    if let Some(node) = node_named(graph, path[0]) {
        return Named::Node(node);
    }
    if let Some(input) = input_named(graph, path[0])
        && path.len() > 1
        && let Some(column) = column_named(graph, input, path[1])
    {
        return Named::Column { input, column };
    }
    Named::Unknown
}

/// The role that an operand names.
#[must_use]
pub const fn role_of(graph: &GraphSpec, operand: &Operand) -> Option<Name> {
    let path = operand.path.items();
    let place = match named(graph, operand) {
        Named::Node(_) => 1,
        Named::Column { .. } => 2,
        Named::Unknown => return None,
    };
    if path.len() > place { Some(path[place]) } else { None }
}

/// The roles of an input's rows in a phase.
#[must_use]
pub const fn roles(graph: &GraphSpec, phase: &PhaseSpec, input: usize, evaluating: bool) -> &'static [Name] {
    let feeds = phase.feeds.items();
    let input = row_source(graph, input);
    let mut i = 0;
    while i < feeds.len() && !evaluating {
        if same(feeds[i].input, graph.inputs.items()[input].name)
            && let Some(sampler) = &feeds[i].sampler
        {
            return sampler.roles;
        }
        i += 1;
    }
    &["default"]
}

/// Appends an operand as it was written.
pub(crate) const fn push_operand(message: Message, operand: &Operand) -> Message {
    let path = operand.path.items();
    let mut message = message.text("`");
    let mut i = 0;
    while i < path.len() {
        message = message.text(if i > 0 { "." } else { "" }).text(path[i]);
        i += 1;
    }
    message.text("`")
}

/// The shape of what an operand names, where no mistake leaves it open.
pub(crate) const fn operand_shape(graph: &GraphSpec, wiring: &Wiring, operand: &Operand) -> Option<Shape> {
    match named(graph, operand) {
        Named::Node(node) => wiring.shape(node),
        Named::Column { input, column: key } => Some(column(graph, input, key).shape),
        Named::Unknown => None,
    }
}

pub(crate) const fn column(graph: &GraphSpec, input: usize, column: usize) -> &ColumnSpec {
    &graph.inputs.items()[input].schema.columns[column]
}

/// How the notation calls the kind of a phase.
pub(crate) const fn phase_kind(phase: &PhaseSpec) -> &'static str {
    match phase.kind {
        crate::spec::PhaseKind::Train(_) => "train",
        crate::spec::PhaseKind::Fit(_) => "fit",
        crate::spec::PhaseKind::Eval(_) => "eval",
    }
}

/// A phase and where it is declared, for errors: "train `regress` (src/main.rs:30)".
pub(crate) fn title(phase: &PhaseSpec) -> String {
    format!("{} `{}`{}", phase_kind(phase), phase.name, phase.line)
}

pub(crate) const fn push_bare(message: Message, operand: &Operand) -> Message {
    let path = operand.path.items();
    let mut message = message;
    let mut i = 0;
    while i < path.len() {
        message = message.text(if i > 0 { "." } else { "" }).text(path[i]);
        i += 1;
    }
    message
}
