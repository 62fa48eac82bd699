//! What a layer that looks up codes may read.

use super::context::Context;
use crate::plan::lookup::push_source;
use crate::plan::wiring::Link;
use crate::rules::part::Part;
use crate::spec::{Domain, Dtype, GraphSpec, ShapeRule};
use crate::text::{Message, Verdict};

/// Whether a node looks codes up, instead of computing with numbers.
pub(in crate::rules) const fn looks_up(graph: &GraphSpec, node: usize) -> bool {
    matches!(graph.nodes.items()[node].layer.shape, ShapeRule::Embedded { .. })
}

/// What is looked up are classes, as many as it has entries, or whole numbers. That they are a feature is a rule
/// of its own.
pub const fn source(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if source >= wiring.links(node).len() {
        return Ok(());
    }
    let spec = &graph.nodes.items()[node];
    let ShapeRule::Embedded { entries, size } = spec.layer.shape else { return Ok(()) };
    let read = &spec.inputs.items()[source];
    let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
    let (input, column) = match wiring.links(node).get(source) {
        Link::Column { input, column } => (input, column),
        Link::Node(_) => {
            let message = push_source(message.text(" looks up classes or codes of a column, but "), read);
            return Err(message.text(" is a node; name the column"));
        }
        Link::Input(_) | Link::Unknown => return Ok(()),
    };
    let column = &graph.inputs.items()[input].schema.columns[column];
    if !matches!(column.domain, Domain::Feature) {
        return Ok(());
    }
    if column.sequence.is_some() && spec.inputs.len() > 1 {
        let message = push_source(message.text(" looks up several columns side by side, but rows of "), read);
        return Err(message.text(" differ in length; give it a node of its own"));
    }
    match (column.dtype, entries) {
        (Dtype::Class, Some(entries)) if entries != column.classes.len() => {
            let message = message.text(" has ").count(entries).text(" entries, but ");
            let message = push_source(message, read).text(" has ").count(column.classes.len()).text(" classes");
            Err(message.text("; leave .entries(..) out"))
        }
        (Dtype::Class, _) => Ok(()),
        (dtype, Some(_)) if dtype.is_integer() => Ok(()),
        (dtype, None) if dtype.is_integer() => {
            let message = push_source(message.text(" needs to know how many codes "), read);
            let message = message.text(" has; write ").text(spec.layer.name);
            let message = match size {
                Some(size) => message.text("::size(").count(size).text(")"),
                None => message,
            };
            Err(message.text(".entries(n) for the codes 0 to n - 1"))
        }
        (dtype, _) => {
            let message = push_source(message.text(" looks up classes or whole numbers, but "), read);
            Err(message.text(" is ").text(dtype.name()).text("; give it to Linear or Mlp, which compute with numbers"))
        }
    }
}

/// The code that stands for nothing is one of those that an embedding looks up.
pub const fn padding(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    let ShapeRule::Embedded { entries, .. } = spec.layer.shape else { return Ok(()) };
    if !part.holds("padding") || !spec.layer.settings.has("padding") || wiring.links(node).is_empty() {
        return Ok(());
    }
    let Some(code) = spec.layer.settings.get("padding").as_int() else { return Ok(()) };
    if spec.inputs.len() > 1 {
        let message = Message::new().text("node ").name(spec.name).text(": padding ").int(code);
        let message =
            message.text(" would be a code of each of ").count(spec.inputs.len()).text(" columns; give the column ");
        return Err(message.text("in which it stands for nothing a node of its own"));
    }
    let count = match (entries, wiring.links(node).get(0)) {
        (Some(entries), _) => entries,
        (None, Link::Column { input, column }) => graph.inputs.items()[input].schema.columns[column].classes.len(),
        (None, _) => return Ok(()),
    };
    if code < 0 || code.cast_unsigned() < count as u64 || count == 0 {
        return Ok(());
    }
    let message = Message::new().text("node ").name(spec.name).text(": padding ").int(code).text(" is no code of ");
    let message = push_source(message, &spec.inputs.items()[0]).text("; its codes are 0 to ");
    Err(message.count(count - 1))
}
