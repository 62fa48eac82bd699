//! Rules at the component of a node.

use super::align;
use super::context::Context;
use super::features::features;
use crate::plan::axes::{Axes, read_by, wanted};
use crate::plan::lookup::{MAX_LINKS, push_source};
use crate::plan::sequence::elements_of;
use crate::plan::shapes::{infer, size};
use crate::plan::{Answers, Inference};
use crate::rules::part::Part;
use crate::spec::{Arity, LayerSpec, OnPadding, ShapeRule, Source};
use crate::text::{Message, Verdict};

/// The settings of a component lie in their ranges.
pub const fn settings(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    part.in_range(&spec.layer.settings, spec.name)
}

/// A component has as many inputs as it takes.
pub const fn arity(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    let sources = spec.inputs.items();
    if !part.is_name() {
        return Ok(());
    }
    match spec.layer.arity {
        Arity::ONE if sources.len() > 1 => {
            let message =
                Message::new().text(spec.layer.name).text(" takes one input, ").name(spec.name).text(" gives it ");
            let mut message = message.count(sources.len()).text("; merge them first: Concat::axis(-1)(");
            let mut i = 0;
            while i < sources.len() {
                message = message.text(if i > 0 { ", " } else { "" });
                message = match sources[i] {
                    Source::Name(name) => message.text(name),
                    Source::Column { input, column, .. } => message.text(input).text(".").text(column),
                };
                i += 1;
            }
            return Err(message.text(")"));
        }
        Arity::SEVERAL if sources.len() == 1 => {
            let message = Message::new().text(spec.layer.name).text(" joins two inputs or more, ").name(spec.name);
            return Err(message.text(" gives it one; add another, or remove the node"));
        }
        arity if !sources.is_empty() && !arity.takes(sources.len()) => {
            let message = push_arity(Message::new().text(spec.layer.name).text(" takes "), arity).text(", ");
            let message = message.name(spec.name).text(" gives it ").count(sources.len());
            return Err(message.text(if sources.len() < arity.least { "; name more" } else { "; name fewer" }));
        }
        _ => {}
    }
    if sources.is_empty() {
        let message = Message::new().name(spec.name).text(" has no inputs; add them in a last pair of brackets: ");
        let first = features(graph, 0);
        let message = message.text(spec.layer.name).text("::..(").text(graph.inputs.items()[0].name).text(".");
        return Err(message.text(if first.is_empty() { "<feature>" } else { first.as_slice()[0] }).text(")"));
    }
    if wiring.links(node).len() < sources.len() {
        let message = Message::new().name(spec.name).text(": the nodes of a graph have at most ").count(MAX_LINKS);
        return Err(message.text(" inputs together"));
    }
    Ok(())
}

/// "2 inputs", "2 to 4 inputs".
const fn push_arity(message: Message, arity: Arity) -> Message {
    let message = message.count(arity.least);
    let message = if arity.least == arity.most { message } else { message.text(" to ").count(arity.most) };
    message.text(if arity.most == 1 { " input" } else { " inputs" })
}

/// A component fits the shapes of its inputs.
pub const fn shape(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    if !part.is_name() {
        return Ok(());
    }
    if wiring.has_shape(node) {
        return size(graph, wiring, node);
    }
    if arity(context, node, part).is_err() || align::mixed(context, node).is_some() {
        return Ok(());
    }
    if let Some(why) = wiring.refusal(node) {
        return Err(why);
    }
    match infer(graph, wiring, node, &mut Answers::new(&[])) {
        Inference::Refused(message) => Err(message),
        _ => Ok(()),
    }
}

/// A component gives no more numbers than it reads, where they are directions in these.
pub const fn components(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    let ShapeRule::Components(count) = spec.layer.shape else { return Ok(()) };
    if !part.holds("components") || !wiring.knows_inputs(graph, node) || arity(context, node, Part::Name).is_err() {
        return Ok(());
    }
    let links = wiring.links(node);
    let (mut read, mut i) = (0usize, 0);
    while i < links.len() {
        match wiring.link_shape(graph, links.get(i)) {
            Some(shape) => match shape.elements() {
                Some(elements) => read = read.saturating_add(elements),
                None => return Ok(()),
            },
            None => return Ok(()),
        }
        i += 1;
    }
    if count <= read {
        return Ok(());
    }
    let message = Message::new().name(spec.name).text(" reads ").count(read).text(" numbers, in which there are no ");
    let message = message.count(count).text(" directions that are not correlated; take ").count(read);
    Err(message.text(if read == 1 { "" } else { " or fewer" }))
}

/// A component reads axes of the meaning that it takes: `[channels, length]` or `[length, width]`.
pub const fn meaning(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    // Where padding would be counted, that rule says more of it.
    if !part.is_name() || !wiring.has_shape(node) || padding(context, node, part).is_err() {
        return Ok(());
    }
    let is_padded = wiring.padded_input(graph, node).is_some();
    let mut axes = read_by(graph, wiring, node);
    let elements = elements_of(&spec.layer);
    if elements.is_empty() && axes.contradicts(wanted(&spec.layer)) {
        let message = Message::new()
            .text("node ")
            .name(spec.name)
            .text(": ")
            .text(spec.layer.name)
            .text(" takes ")
            .text(wanted(&spec.layer).name())
            .text(", but ");
        return Err(other_axes(push_source(message, &spec.inputs.items()[0]), axes, &spec.layer, is_padded));
    }
    let mut i = 0;
    while i < elements.len() {
        if axes.contradicts(wanted(&elements[i])) {
            let message = Message::new().text("node ").name(spec.name).text(": element ").count(i + 1);
            let message = message.text(", ").text(elements[i].name).text(", takes ");
            let message = message.text(wanted(&elements[i]).name()).text(", but what it reads");
            return Err(other_axes(message, axes, &elements[i], is_padded));
        }
        axes = axes.behind(&elements[i]);
        i += 1;
    }
    Ok(())
}

/// What there is, and what to do. Padding of rows tells which axis is their length, so that no Reshape makes another of it.
const fn other_axes(message: Message, axes: Axes, layer: &LayerSpec, is_padded: bool) -> Message {
    let message = message.text(" is ").text(axes.name()).text("; ");
    let message = match layer.shape {
        ShapeRule::PerChannel => message.text("use MeanOfSequence or MaxOfSequence, or put Transpose between them"),
        _ => message.text("put Transpose between them"),
    };
    if is_padded { message } else { message.text(", or a Reshape to the same shape if it is meant") }
}

/// A component that reads rows of different lengths can tell their values from padding.
pub const fn padding(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    let spec = &graph.nodes.items()[node];
    let Some(source) = wiring.padded_input(graph, node) else { return Ok(()) };
    if !part.is_name() || !matches!(spec.layer.padding, OnPadding::Refuses) {
        return Ok(());
    }
    let message = push_source(Message::new(), &spec.inputs.items()[source]);
    let layer = refusing(&spec.layer);
    let message = message.text(" has rows of different lengths, and ").text(layer.name);
    let message = message.text(" would count their padding as values; ");
    Err(match layer.shape {
        ShapeRule::Covered(_) => message.text("use GlobalAvgPool, AvgPool1d or MaxPool1d, which tell them apart"),
        ShapeRule::Window(_) => message.text("leave .partial() and .padding_mode(..) out, or use another layer"),
        ShapeRule::Resized { .. } => {
            message.text("use Upsample::by([..]) without .interpolation(..), which tells them apart")
        }
        _ => message.text(
            "put a LastOfSequence or MeanOfSequence between them, or say in its declaration what it does: \
             #[layer(.., padding = zeros)]",
        ),
    })
}

/// The layer that cannot tell values from padding: this one, or the first such in it.
const fn refusing(layer: &LayerSpec) -> &LayerSpec {
    let elements = elements_of(layer);
    let mut i = 0;
    while i < elements.len() {
        if matches!(elements[i].padding, OnPadding::Refuses) {
            return refusing(&elements[i]);
        }
        i += 1;
    }
    layer
}

/// The inputs of a component that joins them along an axis have that axis.
pub const fn axis(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let Context { graph, wiring } = context;
    if wiring.has_shape(node) || !part.holds("axis") {
        return Ok(());
    }
    match infer(graph, wiring, node, &mut Answers::new(&[])) {
        Inference::NoAxis(message) => Err(message),
        _ => Ok(()),
    }
}
