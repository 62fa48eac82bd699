//! What documentation and editors show of a graph: a picture, as a Mermaid flowchart, and what each node is.

use std::fmt::Write as _;

use quote::ToTokens as _;
use syn::{Expr, ExprLit, Lit, Meta};

use super::parse::{Graph, Node, Source};
use crate::errors::listed;

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

/// What was written above a node, and what it is: "`Mlp::hidden([64]).output([16])` of `pulse.voltage`".
pub(super) fn node_doc(node: &Node) -> String {
    let texts = node.docs.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let mut text = texts.collect::<Vec<_>>().join("\n");
    let Some(body) = &node.body else { return text };
    let layer = squeezed(&body.layer.to_expression(Expr::to_token_stream).to_string());
    let path = |path: &crate::notation::Dotted| path.names().map(ToString::to_string).collect::<Vec<_>>().join(".");
    let sources = listed(body.sources.iter().map(|source| format!("`{}`", path(&source.path))));
    let target = body.target.as_ref().map(|target| format!(", predicts `{}`", path(&target.path))).unwrap_or_default();
    let frozen = if node.frozen { ", frozen" } else { "" };
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let _ = write!(text, "{gap}`{}` of {sources}{target}{frozen}.", layer.strip_suffix("::new()").unwrap_or(&layer));
    text
}

/// Tokens as people write them: `Mlp::hidden([64, 32])` for `Mlp :: hidden ([64 , 32])`.
fn squeezed(tokens: &str) -> String {
    let mut text = tokens.to_owned();
    for mark in ["::", "."] {
        text = text.replace(&format!(" {mark} "), mark);
    }
    for mark in ["(", ",", ")", "]"] {
        text = text.replace(&format!(" {mark}"), mark);
    }
    text
}
