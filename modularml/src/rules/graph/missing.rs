//! Layers that look for missing values.

use super::context::Context;
use crate::plan::lookup::push_source;
use crate::plan::wiring::Link;
use crate::spec::{Domain, GraphSpec};
use crate::text::{Message, Verdict, same};

/// Whether a node looks for missing values.
pub const fn looks_for_missing(graph: &GraphSpec, node: usize) -> bool {
    let name = graph.nodes.items()[node].layer.name;
    same(name, "IsMissing") || same(name, "FillMissing")
}

/// What is looked through for missing values is a column that may have them. That it is a feature is a rule of its own.
pub const fn source(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if source >= wiring.links(node).len() || !looks_for_missing(graph, node) {
        return Ok(());
    }
    let spec = &graph.nodes.items()[node];
    let read = &spec.inputs.items()[source];
    let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
    let message = push_source(message.text(" looks for missing values, but "), read);
    match wiring.links(node).get(source) {
        Link::Node(_) => Err(message.text(" is a node, whose numbers are all there; name the column")),
        Link::Column { input, column } => {
            let column = &graph.inputs.items()[input].schema.columns[column];
            if column.allows_missing || !matches!(column.domain, Domain::Feature) {
                return Ok(());
            }
            let message = message.text(" has none; remove the node, or write #[feat(missing = allow)] at ");
            Err(message.name(column.key))
        }
        Link::Input(_) | Link::Unknown => Ok(()),
    }
}
