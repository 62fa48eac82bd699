//! What the operands of losses and metrics name.

use super::lookup::{column_named, input_named, node_named, row_source};
use super::site::{feed_of, feeds_of, validations};
use super::wiring::Wiring;
use crate::spec::{ColumnSpec, GraphSpec, Operand, PhaseKind, PhaseSpec, SamplerSpec};
use crate::text::{Message, Name, Shape};

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

/// The roles of an input's rows in a phase, or in one of its evaluations.
#[must_use]
pub const fn roles(graph: &GraphSpec, phase: &PhaseSpec, input: usize, evaluation: Option<usize>) -> &'static [Name] {
    match sampler_of(graph, phase, input, evaluation) {
        Some(sampler) => sampler.roles,
        None => &["default"],
    }
}

/// The sampler that draws an input's rows in a phase, or in one of its evaluations; none where they come one by one.
pub(crate) const fn sampler_of<'a>(
    graph: &GraphSpec,
    phase: &'a PhaseSpec,
    input: usize,
    evaluation: Option<usize>,
) -> Option<&'a SamplerSpec> {
    let input = graph.inputs.items()[row_source(graph, input)].name;
    match feed_of(feeds_of(phase, evaluation), input) {
        Some(feed) => feed.sampler.as_ref(),
        None => None,
    }
}

/// Appends "train `name`", or "val of train `name`" for what one of its evaluations measures.
pub(crate) const fn push_phase(message: Message, phase: &PhaseSpec, evaluation: Option<usize>) -> Message {
    let validations = validations(phase);
    let message = match evaluation {
        Some(at) if at < validations.len() => message.text(validations[at].name).text(" of "),
        _ => message,
    };
    message.text(phase_kind(phase)).text(" ").name(phase.name)
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
        PhaseKind::Train(_) => "train",
        PhaseKind::Fit(_) => "fit",
        PhaseKind::Eval(_) => "eval",
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
