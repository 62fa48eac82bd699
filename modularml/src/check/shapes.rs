//! The output shapes of nodes, inferred from what they read.

use super::layers::{self, Reader, Reads};
use super::merges;
use super::sequence;
use super::wiring::{Link, Wiring, predicting_shape, target_column};
use crate::graph::{Arity, GraphSpec, LayerSpec, ShapeRule};
use crate::settings::{Settings, Value};
use crate::text::Shape;
use crate::text::same;
use crate::text::{Message, Verdict};

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
    if matches!(spec.layer.arity, Arity::Several) {
        return merges::infer(graph, wiring, node, &first);
    }
    let predicted = match &spec.target {
        Some(target) => match target_column(graph, target) {
            Some(column) => Some(predicting_shape(column)),
            None => return Inference::Open,
        },
        None => None,
    };
    if let ShapeRule::Setting { name, shape: None } = spec.layer.shape
        && predicted.is_none()
    {
        let message =
            Message::new().name(spec.name).text(" states no output shape; add .").text(name).text("([n]), or `-> ");
        return Inference::Refused(message.text(graph.inputs.items()[0].name).text(".<target>` if it predicts"));
    }
    if let ShapeRule::Stated(None) | ShapeRule::Convolved(None) = spec.layer.shape
        && predicted.is_none()
    {
        return Inference::Refused(
            Message::new()
                .name(spec.name)
                .text(" states no output shape; add ")
                .text(if same(spec.layer.name, "Linear") { "Linear::to([n])" } else { ".output([n])" })
                .text(", or `-> ")
                .text(graph.inputs.items()[0].name)
                .text(".<target>` if it predicts"),
        );
    }
    let reads = Reads::Source(&spec.inputs.items()[0]);
    sequence::layer(Reader { node: spec.name, layer: &spec.layer, position: 0, reads }, &first, predicted)
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
    let bytes = parameters(&spec.layer, input, output) * 4;
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

/// How many parameters a layer has, where more than [`MOST_ELEMENTS`] are as many.
pub(super) const fn parameters(layer: &LayerSpec, input: &Shape, output: &Shape) -> u128 {
    let count = match layer.shape {
        ShapeRule::Stated(_) => dense(&layer.settings, input, output),
        ShapeRule::Sequence | ShapeRule::Residual => sequence::parameters(layer, input, output),
        rule => layers::parameters(&layer.settings, rule, input, output),
    };
    if count < MOST_ELEMENTS { count } else { MOST_ELEMENTS }
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
