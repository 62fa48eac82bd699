//! Names of a graph as positions, and the messages for those that are unknown.

use crate::spec::{AlignSpec, ColumnSpec, Dtype, GraphSpec, Source, TargetSpec};
use crate::text::{BitSet, Message, Names, Shape, position, same, unknown};

/// The most inputs that a graph may have.
pub const MAX_INPUTS: usize = BitSet::CAPACITY;

/// How many nodes the rules look at.
pub(crate) const fn node_count(graph: &GraphSpec) -> usize {
    if graph.nodes.len() < MAX_NODES { graph.nodes.len() } else { MAX_NODES }
}

/// The node of that name; the first one where several have it.
#[must_use]
pub const fn node_named(graph: &GraphSpec, name: &str) -> Option<usize> {
    let nodes = graph.nodes.items();
    position!(nodes.len(), i => nodes[i].name, name)
}

/// The graph's input of that name.
#[must_use]
pub const fn input_named(graph: &GraphSpec, name: &str) -> Option<usize> {
    let inputs = graph.inputs.items();
    position!(inputs.len(), i => inputs[i].name, name)
}

/// The position of a column in the schema of an input.
#[must_use]
pub const fn column_named(graph: &GraphSpec, input: usize, key: &str) -> Option<usize> {
    let columns = graph.inputs.items()[input].schema.columns;
    position!(columns.len(), i => columns[i].key, key)
}

/// The column that a node predicts, where its names are known.
#[must_use]
pub const fn target_column(graph: &GraphSpec, target: &TargetSpec) -> Option<&'static ColumnSpec> {
    match input_named(graph, target.input) {
        Some(input) => graph.inputs.items()[input].schema.column(target.column),
        None => None,
    }
}

/// The output shape that predicts a column: one value a class, or the column's own shape.
#[must_use]
pub const fn predicting_shape(column: &ColumnSpec) -> Shape {
    match column.dtype {
        Dtype::Class => Shape::new(&[column.classes.len()]),
        _ => column.shape,
    }
}

/// The columns of an input, for messages.
pub(crate) const fn column_names(graph: &GraphSpec, input: usize) -> Names {
    let columns = graph.inputs.items()[input].schema.columns;
    let mut names = Names::NONE;
    let mut i = 0;
    while i < columns.len() {
        names = names.with(columns[i].key);
        i += 1;
    }
    names
}

/// The nodes of a graph, for messages.
pub(crate) const fn node_names(graph: &GraphSpec) -> Names {
    let nodes = graph.nodes.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < nodes.len() {
        names = names.with(nodes[i].name);
        i += 1;
    }
    names
}

/// The inputs of a graph, for messages.
pub(crate) const fn input_names(graph: &GraphSpec) -> Names {
    let inputs = graph.inputs.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < inputs.len() {
        names = names.with(inputs[i].name);
        i += 1;
    }
    names
}

/// "no column `volatge` in `Pulse`; did you mean `voltage`? columns: ..".
pub(crate) const fn no_column(graph: &GraphSpec, input: usize, wrong: &str) -> Message {
    let place = Message::new().text("in ").name(graph.inputs.items()[input].schema.name);
    unknown("column", wrong, place, "columns", &column_names(graph, input))
}

/// Appends what an input of a node is called: `` `encoder` `` or `` `pulse.voltage` ``.
pub(crate) const fn push_source(message: Message, source: &Source) -> Message {
    match *source {
        Source::Name(name) => message.name(name),
        Source::Column { input, column, .. } => message.path(input, column),
    }
}

/// The most nodes that a graph may have.
pub const MAX_NODES: usize = BitSet::CAPACITY;

/// The most inputs that the nodes of a graph may have together.
pub const MAX_LINKS: usize = 1024;

/// "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse".
pub(crate) const fn no_input(graph: &GraphSpec, wrong: &str) -> Message {
    unknown("input", wrong, Message::new().text("in ").name(graph.name), "inputs", &input_names(graph))
}

/// The statement by which an input is joined to another; the first of several.
#[must_use]
pub const fn join_of<'a>(graph: &'a GraphSpec, input: &str) -> Option<&'a AlignSpec> {
    let aligned = graph.aligned.items();
    let mut i = 0;
    while i < aligned.len() {
        if same(aligned[i].right, input) {
            return Some(&aligned[i]);
        }
        i += 1;
    }
    None
}

/// The input that is fed for an input: the one that it is joined to, or else itself.
#[must_use]
pub const fn row_source(graph: &GraphSpec, input: usize) -> usize {
    if let Some(align) = join_of(graph, graph.inputs.items()[input].name)
        && let Some(left) = input_named(graph, align.left)
    {
        return left;
    }
    input
}

/// [`row_source`] by name; an unknown name stands for itself.
pub(crate) const fn row_source_name<'a>(graph: &'a GraphSpec, input: &'a str) -> &'a str {
    match join_of(graph, input) {
        Some(align) => align.left,
        None => input,
    }
}
