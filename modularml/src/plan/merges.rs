//! The output shapes of merges.

use super::inference::Inference;
use super::lookup::push_source;
use super::wiring::Wiring;
use crate::spec::{GraphSpec, Padding, ShapeRule};
use crate::text::{MAX_RANK, Message, Shape};

/// Infers the output shape of a merge, given the shape of its first input.
pub(crate) const fn infer(graph: &GraphSpec, wiring: &Wiring, node: usize, first: &Shape) -> Inference<'static> {
    match graph.nodes.items()[node].layer.shape {
        ShapeRule::Concat { axis, pad } => concat(graph, wiring, node, axis, pad, *first),
        ShapeRule::Equal => equal(graph, wiring, node, first),
        ShapeRule::Stack { axis } => match equal(graph, wiring, node, first) {
            Inference::Known(shape) => stack(graph, wiring, node, axis, &shape),
            other => other,
        },
        _ => Inference::Open,
    }
}

/// All inputs have one shape.
const fn equal(graph: &GraphSpec, wiring: &Wiring, node: usize, first: &Shape) -> Inference<'static> {
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    let links = wiring.links(node);
    let mut i = 1;
    while i < links.len() {
        let Some(other) = wiring.link_shape(graph, links.get(i)) else {
            return Inference::Open;
        };
        if !other.same(first) {
            let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
            let message = push_source(message.text(" needs equal shapes, but "), &sources[0]).text(" is ").shape(first);
            let message = push_source(message.text(" and "), &sources[i]).text(" is ").shape(&other);
            return Inference::Unfit(i, message.text("; nothing is stretched; make them equal, for example by Linear"));
        }
        i += 1;
    }
    Inference::Known(*first)
}

const fn stack(graph: &GraphSpec, wiring: &Wiring, node: usize, axis: i64, each: &Shape) -> Inference<'static> {
    let message = Message::new().name(graph.nodes.items()[node].name).text(": ");
    if each.rank() == MAX_RANK {
        return Inference::Refused(
            message.text("a stack of inputs with ").count(MAX_RANK).text(" axes has one too many"),
        );
    }
    #[allow(clippy::cast_possible_wrap, reason = "a rank is at most 8")]
    let rank = each.rank() as i64 + 1;
    if axis >= rank || axis < -rank {
        return Inference::NoAxis(no_axis(message, axis, rank, "an output"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and the rank")]
    let along = (if axis < 0 { axis + rank } else { axis }) as usize;
    let mut shape = Shape::SCALAR;
    let mut i = 0;
    while i < each.rank() + 1 {
        shape = shape.with_last(if i < along {
            each.axis(i)
        } else if i == along {
            wiring.links(node).len()
        } else {
            each.axis(i - 1)
        });
        i += 1;
    }
    Inference::Known(shape)
}

/// "axis 2 of inputs with rank 1; valid are 0 and -1; the batch axis is not counted".
const fn no_axis(message: Message, axis: i64, rank: i64, of: &str) -> Message {
    let message = message.text("axis ").int(axis).text(" of ").text(of).text(" with rank ").int(rank);
    let message = message.text("; valid are ");
    let message = if rank == 1 {
        message.text("0 and -1")
    } else {
        message.text("0 to ").int(rank - 1).text(", and -1 to ").int(-rank)
    };
    message.text("; the batch axis is not counted")
}

const fn concat(
    graph: &GraphSpec,
    wiring: &Wiring,
    node: usize,
    axis: i64,
    pad: Option<Padding>,
    first: Shape,
) -> Inference<'static> {
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    let links = wiring.links(node);
    #[allow(clippy::cast_possible_wrap, reason = "a rank is at most 8")]
    let rank = first.rank() as i64;
    let message = Message::new().name(spec.name).text(": ");
    if rank == 0 {
        let message = push_source(message.text("Concat joins vectors or more, but "), &sources[0]);
        return Inference::Unfit(
            0,
            message.text(" is a single number, []; give it a node first, for example Linear::to([1])"),
        );
    }
    if axis >= rank || axis < -rank {
        return Inference::NoAxis(no_axis(message, axis, rank, "inputs"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and the rank")]
    let along = (if axis < 0 { axis + rank } else { axis }) as usize;
    let mut joined = first;
    let mut i = 1;
    while i < links.len() {
        let Some(other) = wiring.link_shape(graph, links.get(i)) else {
            return Inference::Open;
        };
        if other.rank() != first.rank() {
            let message = push_source(message.text("Concat needs inputs of one rank: "), &sources[0]);
            let message = push_source(message.text(" is ").shape(&first).text(", "), &sources[i]);
            let message = message.text(" is ").shape(&other);
            return Inference::Unfit(i, message.text("; give them as many axes with Linear::to([..])"));
        }
        let mut off = 0;
        while off < first.rank() {
            if off != along && other.axis(off) != first.axis(off) && pad.is_none() {
                let message =
                    message.text("Concat on axis ").int(axis).text(" needs equal axis ").count(off).text(": ");
                let message = push_source(message, &sources[0]).text(" has ").count(first.axis(off)).text(", ");
                let message = push_source(message, &sources[i]).text(" has ").count(other.axis(off));
                return Inference::Unfit(
                    i,
                    message.text("; join them on axis ").count(off).text(" or make them equal"),
                );
            }
            if off != along && other.axis(off) > joined.axis(off) {
                joined = joined.with_axis(off, other.axis(off));
            }
            off += 1;
        }
        joined = joined.with_axis(along, joined.axis(along).saturating_add(other.axis(along)));
        i += 1;
    }
    match pad {
        Some(padding) => filled(graph, wiring, node, padding, along, joined),
        None => Inference::Known(joined),
    }
}

/// Every input is long enough to be padded to the largest.
const fn filled(
    graph: &GraphSpec,
    wiring: &Wiring,
    node: usize,
    padding: Padding,
    along: usize,
    joined: Shape,
) -> Inference<'static> {
    let spec = &graph.nodes.items()[node];
    let links = wiring.links(node);
    let mut i = 0;
    while i < links.len() {
        let Some(input) = wiring.link_shape(graph, links.get(i)) else {
            return Inference::Open;
        };
        let mut axis = 0;
        while axis < joined.rank() {
            let (length, wanted) = (input.axis(axis), joined.axis(axis));
            if axis != along && wanted - length > padding.most(length) {
                let message = Message::new().name(spec.name).text(": ").text(padding.name()).text(" padding makes ");
                let message = push_source(message.text("axis ").count(axis).text(" of "), &spec.inputs.items()[i]);
                let message = message.text(" longer by ").count(padding.most(length)).text(" at most, but ");
                let message = message.count(length).text(" is to become ").count(wanted);
                return Inference::Unfit(i, message.text("; use Padding::Replicate or Padding::Zeros"));
            }
            axis += 1;
        }
        i += 1;
    }
    Inference::Known(joined)
}
