//! Rules at what a node reads.

use super::align;
use super::context::Context;
use super::embedding::looks_up;
use super::features::features;
use super::layer::arity;
use super::time::{nodes, reads_times};
use crate::plan::lookup::{input_named, no_column, no_input, node_names, push_source};
use crate::plan::shapes::infer;
use crate::plan::wiring::Link;
use crate::plan::{Answers, Inference};
use crate::rules::part::Part;
use crate::spec::{ColumnSpec, Domain, Dtype, GraphSpec, LayerSpec, Source};
use crate::text::{Message, Verdict, same, unknown};

/// What a node reads is known.
pub const fn known(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if source >= wiring.links(node).len() || !matches!(wiring.links(node).get(source), Link::Unknown) {
        return Ok(());
    }
    Err(match graph.nodes.items()[node].inputs.items()[source] {
        Source::Column { input, column, .. } => match input_named(graph, input) {
            Some(input) => no_column(graph, input, column),
            None => no_input(graph, input),
        },
        Source::Name(name) => {
            unknown("node", name, Message::new().text("in ").name(graph.name), "nodes", &node_names(graph))
        }
    })
}

/// A node reads nothing twice, unless that is said.
pub const fn twice(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    let sources = spec.inputs.items();
    if !spec.layer.allows_repeat {
        let mut earlier = 0;
        while earlier < source {
            if same_source(&sources[earlier], &sources[source]) {
                let message = push_source(Message::new().name(spec.name).text(" joins "), &sources[source]);
                if looks_up(context.graph, node) {
                    return Err(message.text(" twice; name another column, or remove one"));
                }
                if !spec.layer.settings.has("allow_repeat") {
                    let message = message.text(" twice; name another input, or give ").text(spec.layer.name);
                    return Err(message.text(" a setting `allow_repeat: bool`, which says that it is meant"));
                }
                return Err(message.text(" twice; name another input, or write #[allow(repeat)] if it is meant"));
            }
            earlier += 1;
        }
    }
    Ok(())
}

/// What a node reads are numbers of a feature, or the output of a node.
pub const fn kind(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if source >= wiring.links(node).len() {
        return Ok(());
    }
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    match wiring.links(node).get(source) {
        Link::Input(input) => Err(whole_input(graph, input)),
        Link::Column { input, column } => {
            let column = &graph.inputs.items()[input].schema.columns[column];
            let as_number = matches!(sources[source], Source::Column { as_number: true, .. });
            let is_code = column.dtype.is_integer() && column.shape.rank() == 0 && !as_number;
            let is_number = !matches!(column.dtype, Dtype::Text | Dtype::Class) && !column.dtype.is_time() && !is_code;
            if matches!(column.domain, Domain::Feature)
                && (is_number || looks_up(graph, node) || reads_times(graph, node) || is_category(&spec.layer, column))
            {
                return Ok(());
            }
            let message = push_source(Message::new(), &sources[source]);
            match column.domain {
                Domain::Feature => {}
                Domain::Target => {
                    let message = message.text(" is a #[target]; node ").name(spec.name);
                    return Err(message.text(" may read features only: ").list(features(graph, input).as_slice()));
                }
                Domain::Tag => {
                    let message = message.text(" is a #[tag]; nodes read features only; mark ").name(column.key);
                    return Err(message.text(" #[feat] if it should be learned from"));
                }
            }
            match column.dtype {
                Dtype::Class => {
                    let message = message.text(" is ").text(column.dtype.name()).text("; ").name(spec.name);
                    Err(message.text(" computes with numbers; make it numbers by a node Embedding::size(n) or OneHot"))
                }
                Dtype::Text => {
                    let message = message.text(" is ").text(column.dtype.name()).text("; ").name(spec.name);
                    Err(message.text(" computes with numbers; encode it as a number or a [f32; n] feature"))
                }
                dtype if dtype.is_time() => {
                    let message = message.text(" is ").text(dtype.name()).text("; ").name(spec.name);
                    Err(message.text(" computes with numbers; make it numbers by a node: ").text(nodes(dtype)))
                }
                dtype => {
                    let message = message.text(" is ").text(dtype.name()).text(", perhaps a code; write ");
                    let message = message.text(graph.inputs.items()[input].name).text(".").text(column.key);
                    Err(message.text(".as_number() if it is an amount"))
                }
            }
        }
        Link::Node(_) | Link::Unknown => Ok(()),
    }
}

/// Whether a column holds classes that a fitted layer reads as categories.
const fn is_category(layer: &LayerSpec, column: &ColumnSpec) -> bool {
    match layer.learns.fitting() {
        Some(fitting) => fitting.reads_classes && matches!(column.dtype, Dtype::Class),
        None => false,
    }
}

/// What a node joins are rows of one input, or of inputs that are aligned.
pub const fn rows(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let graph = context.graph;
    match align::mixed(context, node) {
        Some((place, first, second)) if place == source && arity(context, node, Part::Name).is_ok() => {
            let message = Message::new().name(graph.nodes.items()[node].name).text(" mixes rows of ");
            Err(align::apart(graph, message, first, second))
        }
        _ => Ok(()),
    }
}

/// What a node reads fits what it reads before.
pub const fn shape(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if wiring.has_shape(node) || arity(context, node, Part::Name).is_err() || align::mixed(context, node).is_some() {
        return Ok(());
    }
    match infer(graph, wiring, node, &mut Answers::new(&[])) {
        Inference::Unfit(place, message) if place == source => Err(message),
        _ => Ok(()),
    }
}

const fn same_source(a: &Source, b: &Source) -> bool {
    match (*a, *b) {
        (Source::Name(a), Source::Name(b)) => same(a, b),
        (Source::Column { input: a, column: b, .. }, Source::Column { input: c, column: d, .. }) => {
            same(a, c) && same(b, d)
        }
        _ => false,
    }
}

const fn whole_input(graph: &GraphSpec, input: usize) -> Message {
    let name = graph.inputs.items()[input].name;
    let message = Message::new().name(name).text(" is a whole input; name one of its features: ");
    message.list(features(graph, input).as_slice())
}
