//! Rules at `align`: which rows of two inputs belong together.

use super::context::Context;
use crate::plan::lookup::{input_named, join_of, no_column, no_input, row_source};
use crate::plan::wiring::Link;
use crate::spec::{AlignSpec, ColumnSpec, Domain, Dtype, GraphSpec};
use crate::text::{Message, Verdict, same};

/// The first statement by which rows of an input bring others along, by another column than the one that is `kept`
/// together.
pub(in crate::rules) const fn joins_onto<'a>(
    graph: &'a GraphSpec,
    input: &str,
    kept: Option<&str>,
) -> Option<&'a AlignSpec> {
    let aligned = graph.aligned.items();
    let mut i = 0;
    while i < aligned.len() {
        let is_kept = match kept {
            Some(kept) => same(kept, aligned[i].key),
            None => false,
        };
        if same(aligned[i].left, input) && !is_kept {
            return Some(&aligned[i]);
        }
        i += 1;
    }
    None
}

/// The names of an `align` are known.
pub const fn known(context: Context<'_>, align: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.aligned.items()[align];
    let Some(left) = input_named(graph, spec.left) else { return Err(no_input(graph, spec.left)) };
    let Some(right) = input_named(graph, spec.right) else { return Err(no_input(graph, spec.right)) };
    if graph.inputs.items()[left].schema.column(spec.key).is_none() {
        return Err(no_column(graph, left, spec.key));
    }
    if graph.inputs.items()[right].schema.column(spec.key).is_none() {
        return Err(no_column(graph, right, spec.key));
    }
    Ok(())
}

/// The right input of an `align` is another one, is joined once, and none is joined to it.
pub const fn right(context: Context<'_>, align: usize) -> Verdict {
    is_joined_once(context.graph, align)
}

const fn is_joined_once(graph: &GraphSpec, align: usize) -> Verdict {
    let aligned = graph.aligned.items();
    let spec = &aligned[align];
    if same(spec.left, spec.right) {
        return Err(Message::new().name(spec.left).text(" is aligned with itself; name another input, or remove this"));
    }
    let mut i = 0;
    while i < aligned.len() {
        let other = &aligned[i];
        if i < align && same(other.right, spec.right) {
            let message = Message::new().name(spec.right).text(" is joined to ").name(other.left);
            return Err(message.text(" already; an input is joined once; remove one `align`"));
        }
        if !same(other.left, other.right) && same(other.left, spec.right) {
            let message = Message::new().name(spec.right).text(" is joined to ").name(spec.left);
            let message = message.text(", and ").name(other.right).text(" to it; join both to the first: align ");
            let message = message.text(spec.left).text(" with ").text(other.right).text(" by ").text(other.key);
            return Err(message.text(";"));
        }
        i += 1;
    }
    Ok(())
}

/// Whether no statement is refused for its right input; where one is, that mistake is told alone.
pub(crate) const fn are_sound(graph: &GraphSpec) -> bool {
    let mut i = 0;
    while i < graph.aligned.len() {
        if is_joined_once(graph, i).is_err() {
            return false;
        }
        i += 1;
    }
    true
}

/// The column of an `align` holds one value of an equal type in both inputs, which is never missing.
pub const fn key(context: Context<'_>, align: usize) -> Verdict {
    let graph = context.graph;
    let spec = &graph.aligned.items()[align];
    let (Some(left), Some(right)) = (input_named(graph, spec.left), input_named(graph, spec.right)) else {
        return Ok(());
    };
    let inputs = graph.inputs.items();
    let (Some(a), Some(b)) = (inputs[left].schema.column(spec.key), inputs[right].schema.column(spec.key)) else {
        return Ok(());
    };
    if !is_key(a) {
        return Err(no_key(spec.left, a));
    }
    if !is_key(b) {
        return Err(no_key(spec.right, b));
    }
    if agree(a, b) {
        return Ok(());
    }
    let message = push_type(Message::new().path(spec.left, a.key).text(" is "), a).text(", ");
    let message = push_type(message.path(spec.right, b.key).text(" is "), b);
    Err(message.text(match (a.dtype, b.dtype) {
        (Dtype::Class, Dtype::Class) => ", of other classes; declare the same classes in both",
        (Dtype::Decimal, Dtype::Decimal) => "; rows meet by decimals with as many digits; declare both alike",
        _ => "; rows meet by equal values of one type; declare both alike",
    }))
}

/// Appends the type of a column, of a decimal with its digits.
const fn push_type(message: Message, column: &ColumnSpec) -> Message {
    let message = message.text(column.dtype.name());
    match column.dtype {
        Dtype::Decimal => message.text("<").count(column.scale as usize).text(">"),
        _ => message,
    }
}

/// The first source of a node whose rows are not those before it: its place, the input of those before, and its own.
pub(super) const fn mixed(context: Context<'_>, node: usize) -> Option<(usize, usize, usize)> {
    let Context { graph, wiring } = context;
    if wiring.rows(node).len() < 2 || !are_sound(graph) {
        return None;
    }
    let links = wiring.links(node);
    let (mut first, mut other, mut i) = (None, None, 0);
    while i < links.len() {
        let input = match links.get(i) {
            // Where a node that is read mixes rows already, the mistake is told there.
            Link::Node(read) if wiring.rows(read).len() > 1 => return None,
            Link::Node(read) => wiring.rows(read).first_from(0),
            Link::Column { input, .. } => Some(row_source(graph, input)),
            Link::Input(_) | Link::Unknown => None,
        };
        match (first, input) {
            (None, _) => first = input,
            (Some(first), Some(input)) if first != input && other.is_none() => other = Some((i, first, input)),
            _ => {}
        }
        i += 1;
    }
    other
}

/// Appends two inputs whose rows do not meet, and what to do.
pub(crate) const fn apart(graph: &GraphSpec, message: Message, first: usize, second: usize) -> Message {
    let inputs = graph.inputs.items();
    let message = message.name(inputs[first].name).text(" and ").name(inputs[second].name);
    let Some(key) = shared_key(graph, first, second) else {
        return message.text(", which nothing aligns; put the columns that belong to one row into one schema");
    };
    let message = message.text("; say how they meet: align ").text(inputs[first].name).text(" with ");
    message.text(inputs[second].name).text(" by ").text(key).text(";")
}

/// A column by which rows of two inputs may meet.
const fn shared_key(graph: &GraphSpec, a: usize, b: usize) -> Option<&'static str> {
    let columns = graph.inputs.items()[a].schema.columns;
    let mut i = 0;
    while i < columns.len() {
        if is_key(&columns[i])
            && let Some(other) = graph.inputs.items()[b].schema.column(columns[i].key)
            && is_key(other)
            && agree(&columns[i], other)
        {
            return Some(columns[i].key);
        }
        i += 1;
    }
    None
}

const fn is_key(column: &ColumnSpec) -> bool {
    let dtype = column.dtype;
    let identifies =
        dtype.is_integer() || dtype.is_time() || matches!(dtype, Dtype::Text | Dtype::Class | Dtype::Decimal);
    let is_known = !matches!(column.domain, Domain::Target) && !column.allows_missing;
    identifies && is_known && column.shape.rank() == 0 && column.sequence.is_none()
}

const fn no_key(input: &str, column: &ColumnSpec) -> Message {
    let message = Message::new().path(input, column.key);
    let message = if column.shape.rank() > 0 {
        message.text(" holds more than one value a row")
    } else if column.allows_missing {
        message.text(" may be missing")
    } else if matches!(column.domain, Domain::Target) {
        return message.text(" is a #[target], which new rows do not have; rows meet by a #[tag]");
    } else {
        message.text(" is ").text(column.dtype.name())
    };
    message.text("; rows meet by an integer, String or Class that every row has")
}

const fn agree(a: &ColumnSpec, b: &ColumnSpec) -> bool {
    if !same(a.dtype.name(), b.dtype.name()) || a.classes.len() != b.classes.len() || a.scale != b.scale {
        return false;
    }
    let mut i = 0;
    while i < a.classes.len() {
        if !same(a.classes[i], b.classes[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// What is wrong with a statement about a joined input that only the other can have, in the words `instead`.
pub(crate) const fn of_left(graph: &GraphSpec, input: &str, instead: &str) -> Verdict {
    let Some(align) = join_of(graph, input) else { return Ok(()) };
    let message = Message::new()
        .name(input)
        .text(" is joined to ")
        .name(align.left)
        .text(" (align), and its rows go with those of ")
        .name(align.left);
    Err(message.text("; ").text(instead).text(" `").text(align.left).text("` instead"))
}
