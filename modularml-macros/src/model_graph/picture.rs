//! The picture of a graph in its documentation, as a Mermaid flowchart.

use std::fmt::Write as _;

use super::parse::{Graph, Node, Source};

/// The lines of a Mermaid flowchart: inputs, nodes, what each reads, and the targets.
pub(super) fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("```mermaid\nflowchart LR\n");
    for input in &graph.inputs {
        let _ = writeln!(text, "    {0}[(\"{0}\")]", input.name);
    }
    for node in &graph.nodes {
        let layer = node.body.as_ref().map(|body| body.layer.name().to_string()).unwrap_or_default();
        let frozen = if node.frozen { ", frozen" } else { "" };
        let _ = writeln!(text, "    {0}[\"{0}: {layer}{frozen}\"]", node.name);
    }
    for node in &graph.nodes {
        arrows(node, &mut text);
    }
    text.push_str("```");
    text
}

fn arrows(node: &Node, text: &mut String) {
    let Some(body) = &node.body else { return };
    for Source { path, .. } in &body.sources {
        let _ = match path.rest.first() {
            Some(column) => writeln!(text, "    {} -- {column} --> {}", path.first, node.name),
            None => writeln!(text, "    {} --> {}", path.first, node.name),
        };
    }
    if let Some(target) = &body.target {
        let column = target.path.names().map(ToString::to_string).collect::<Vec<_>>().join(".");
        let _ = writeln!(text, "    {} -. predicts .-> {}_target([\"{column}\"])", node.name, node.name);
    }
}
