//! The output shapes of nodes, inferred from what they read.

use super::layers;
use super::near::same;
use super::wiring::{Link, Wiring, predicting_shape, push_source, target_column};
use super::{Message, Verdict};
use crate::data::Shape;
use crate::graph::{Arity, GraphSpec, ShapeRule};
use crate::settings::{Settings, Value};

/// The most bytes of parameters that a node may have.
const MAX_PARAMETER_BYTES: u128 = 64 << 30;

/// Counts above this are as good as this one; no product and sum of them overflows.
pub(super) const MOST_ELEMENTS: u128 = 1 << 60;

/// What is known of a node's output shape.
#[allow(clippy::large_enum_variant, reason = "nothing can be boxed in constant evaluation")]
pub(crate) enum Inference {
    /// The shape.
    Known(Shape),
    /// A mistake elsewhere leaves it open.
    Open,
    /// This node does not fit what it reads.
    Refused(Message),
    /// What it reads has no such axis.
    NoAxis(Message),
}

/// Infers the output shape of a node from the shapes of what it reads.
pub(crate) const fn infer(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Inference {
    let spec = &graph.nodes.items()[node];
    let links = wiring.links(node);
    if links.is_empty() || (matches!(spec.layer.arity, Arity::One) && links.len() > 1) {
        return Inference::Open;
    }
    let Some(first) = wiring.link_shape(graph, links.get(0)) else {
        return Inference::Open;
    };
    match spec.layer.shape {
        ShapeRule::Stated(stated) => {
            let target = match &spec.target {
                Some(target) => match target_column(graph, target) {
                    Some(column) => Some(predicting_shape(column)),
                    None => return Inference::Open,
                },
                None => None,
            };
            match (stated, target) {
                (Some(shape), _) | (None, Some(shape)) => Inference::Known(shape),
                (None, None) => Inference::Refused(
                    Message::new()
                        .name(spec.name)
                        .text(" states no output shape; add ")
                        .text(if same(spec.layer.name, "Linear") { "Linear::to([n])" } else { ".output([n])" })
                        .text(", or `-> ")
                        .text(graph.inputs.items()[0].name)
                        .text(".<target>` if it predicts"),
                ),
            }
        }
        ShapeRule::Concat { axis } => concat(graph, wiring, node, axis, first),
        ShapeRule::Reduced => {
            if first.rank() == 1 {
                Inference::Known(Shape::SCALAR)
            } else {
                let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
                let message = push_source(message.text(" takes a vector, but "), &spec.inputs.items()[0]);
                let message = message.text(" is ").shape(&first);
                Inference::Refused(message.text("; put a node between them, for example Linear::to([n])"))
            }
        }
        rule => layers::infer(spec, rule, &first),
    }
}

const fn concat(graph: &GraphSpec, wiring: &Wiring, node: usize, axis: i64, first: Shape) -> Inference {
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    let links = wiring.links(node);
    #[allow(clippy::cast_possible_wrap, reason = "a rank is at most 8")]
    let rank = first.rank() as i64;
    let message = Message::new().name(spec.name).text(": ");
    if rank == 0 {
        let message = push_source(message.text("Concat joins vectors or more, but "), &sources[0]);
        return Inference::Refused(
            message.text(" is a single number, []; give it a node first, for example Linear::to([1])"),
        );
    }
    if axis >= rank || axis < -rank {
        let message = message.text("axis ").int(axis).text(" of inputs with rank ").int(rank).text("; valid are ");
        let message = if rank == 1 {
            message.text("0 and -1")
        } else {
            message.text("0 to ").int(rank - 1).text(", and -1 to ").int(-rank)
        };
        return Inference::NoAxis(message.text("; the batch axis is not counted"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and the rank")]
    let along = (if axis < 0 { axis + rank } else { axis }) as usize;
    let mut joined = first.axis(along);
    let mut i = 1;
    while i < links.len() {
        let Some(other) = wiring.link_shape(graph, links.get(i)) else {
            return Inference::Open;
        };
        if other.rank() != first.rank() {
            let message = push_source(message.text("Concat needs inputs of one rank: "), &sources[0]);
            let message = push_source(message.text(" is ").shape(&first).text(", "), &sources[i]);
            let message = message.text(" is ").shape(&other);
            return Inference::Refused(message.text("; give them as many axes with Linear::to([..])"));
        }
        let mut off = 0;
        while off < first.rank() {
            if off != along && other.axis(off) != first.axis(off) {
                let message =
                    message.text("Concat on axis ").int(axis).text(" needs equal axis ").count(off).text(": ");
                let message = push_source(message, &sources[0]).text(" has ").count(first.axis(off)).text(", ");
                let message = push_source(message, &sources[i]).text(" has ").count(other.axis(off));
                return Inference::Refused(message.text("; join them on axis ").count(off).text(" or make them equal"));
            }
            off += 1;
        }
        joined += other.axis(along);
        i += 1;
    }
    Inference::Known(first.with_axis(along, joined))
}

/// Refuses a layer whose parameters could not be held.
pub(crate) const fn size(graph: &GraphSpec, wiring: &Wiring, node: usize) -> Verdict {
    let spec = &graph.nodes.items()[node];
    let links = wiring.links(node);
    if links.is_empty() {
        return Ok(());
    }
    let (Some(input), Some(output)) = (&wiring.link_shape(graph, links.get(0)), &wiring.shape(node)) else {
        return Ok(());
    };
    let bytes = match spec.layer.shape {
        ShapeRule::Stated(_) => dense(&spec.layer.settings, input, output) * 4,
        rule => layers::parameters(rule, input, output) * 4,
    };
    if bytes <= MAX_PARAMETER_BYTES {
        return Ok(());
    }
    // A node of absurd width makes its readers as absurd; it is told alone.
    if let Link::Node(read) = links.get(0)
        && size(graph, wiring, read).is_err()
    {
        return Ok(());
    }
    let message = Message::new().name(spec.name).text(" would need ");
    #[allow(clippy::cast_possible_truncation, reason = "larger values are told apart before")]
    let message = match bytes >> 30 {
        huge if huge > 1 << 40 => message.text("more than 2^40"),
        gigabytes => message.int(gigabytes as i64),
    };
    Err(message.text(" GiB of parameters; a node may hold 64 GiB; reduce its widths"))
}

/// How many parameters dense layers have, through the hidden widths where there are such.
const fn dense(settings: &Settings, input: &Shape, output: &Shape) -> u128 {
    let hidden = match settings.get("hidden") {
        Value::Sizes(widths) => widths,
        _ => Shape::SCALAR,
    };
    let mut width = elements(input);
    let mut count = 0u128;
    let mut i = 0;
    while i <= hidden.rank() {
        let next = if i < hidden.rank() { capped(hidden.axis(i)) } else { elements(output) };
        count += (width + 1) * next;
        width = next;
        i += 1;
    }
    count
}

pub(super) const fn elements(shape: &Shape) -> u128 {
    match shape.elements() {
        Some(count) => capped(count),
        None => MOST_ELEMENTS,
    }
}

pub(super) const fn capped(count: usize) -> u128 {
    if count as u128 > MOST_ELEMENTS { MOST_ELEMENTS } else { count as u128 }
}
