//! The output shapes of layers of one input whose axes have a meaning.

use super::Message;
use super::shapes::{Inference, MOST_ELEMENTS, capped, elements};
use super::wiring::push_source;
use crate::data::Shape;
use crate::graph::{NodeSpec, ShapeRule, SlidingWindow};

/// Infers the output shape of a layer of one input from that of the input.
pub(super) const fn infer(spec: &NodeSpec, rule: ShapeRule, input: &Shape) -> Inference {
    match rule {
        ShapeRule::Same { least_axes } => {
            if input.rank() < least_axes {
                let message = wants(spec, input).count(least_axes).text(" axes or more");
                return Inference::Refused(message.text("; give it a node first, for example Linear::to([..])"));
            }
            Inference::Known(*input)
        }
        ShapeRule::Grouped { groups } => {
            if input.rank() == 0 {
                let message = wants(spec, input).text("[channels, ..]");
                return Inference::Refused(message.text("; give it a node first, for example Linear::to([..])"));
            }
            if groups == 0 || !input.axis(0).is_multiple_of(groups) {
                let message = wants(spec, input).text("channels in ").count(groups).text(" equal groups; make ");
                return Inference::Refused(message.count(input.axis(0)).text(" a multiple of the groups"));
            }
            Inference::Known(*input)
        }
        ShapeRule::Flat => match input.elements() {
            Some(count) => Inference::Known(Shape::new(&[count])),
            None => Inference::Open,
        },
        ShapeRule::Reshaped(shape) => reshaped(spec, &shape, input),
        ShapeRule::Window(window) => sliding(spec, &window, input),
        ShapeRule::Covered(sizes) => {
            if sizes.rank() > 2 || input.rank() != sizes.rank() + 1 {
                return Inference::Refused(wants_channels(spec, sizes.rank(), input));
            }
            let mut shape = *input;
            let mut axis = 0;
            while axis < sizes.rank() {
                shape = shape.with_axis(axis + 1, sizes.axis(axis));
                axis += 1;
            }
            Inference::Known(shape)
        }
        ShapeRule::PerChannel => {
            if input.rank() < 2 {
                return Inference::Refused(wants_channels(spec, 1, input));
            }
            Inference::Known(Shape::new(&[input.axis(0)]))
        }
        _ => Inference::Open,
    }
}

/// How many parameters a layer has that does not flatten its input; those that grow with the shapes alone count.
pub(super) const fn parameters(rule: ShapeRule, input: &Shape, output: &Shape) -> u128 {
    match rule {
        ShapeRule::Window(window) if window.channels.is_some() => {
            let groups = if window.groups == 0 { 1 } else { window.groups };
            let inputs = capped(input.axis(0) / groups) * elements(&window.kernel);
            capped(output.axis(0)) * (if inputs < MOST_ELEMENTS { inputs } else { MOST_ELEMENTS } + 1)
        }
        _ => 0,
    }
}

/// "node `a`: Conv1d reads `pulse.voltage`, which is [101], but wants ".
const fn wants(spec: &NodeSpec, input: &Shape) -> Message {
    let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name).text(" reads ");
    let message = push_source(message, &spec.inputs.items()[0]).text(", which is ").shape(input);
    message.text(", but wants ")
}

/// "node `a`: Conv1d takes [channels, length], but `pulse.voltage` is [101]; put `Reshape::to`([1, 101]) between them".
const fn wants_channels(spec: &NodeSpec, spatial: usize, input: &Shape) -> Message {
    let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
    let message = message.text(if spatial == 1 {
        " takes [channels, length], but "
    } else {
        " takes [channels, height, width], but "
    });
    let message = push_source(message, &spec.inputs.items()[0]).text(" is ").shape(input);
    if input.rank() == spatial
        && let Some(one_channel) = input.inside(1)
    {
        return message.text("; put Reshape::to(").shape(&one_channel).text(") between them");
    }
    message.text("; put a Reshape between them")
}

const fn sliding(spec: &NodeSpec, window: &SlidingWindow, input: &Shape) -> Inference {
    if input.rank() != window.spatial + 1 {
        return Inference::Refused(wants_channels(spec, window.spatial, input));
    }
    let start = Message::new().text("node ").name(spec.name).text(": ");
    let sizes = [&window.kernel, &window.stride, &window.padding, &window.dilation];
    let mut i = 0;
    while i < sizes.len() {
        if sizes[i].rank() != window.spatial {
            let message = start.shape(sizes[i]).text(" has not one size for each of the ").count(window.spatial);
            return Inference::Refused(message.text(" axes behind the channels of ").text(spec.layer.name));
        }
        i += 1;
    }
    let channels = match window.channels {
        Some(channels) => channels,
        None => input.axis(0),
    };
    let groups = if window.groups == 0 { 1 } else { window.groups };
    if !input.axis(0).is_multiple_of(groups) || !channels.is_multiple_of(groups) {
        let message = start.count(groups).text(" groups do not divide ").count(input.axis(0)).text(" channels of ");
        let message = push_source(message, &spec.inputs.items()[0]).text(" and ").count(channels);
        return Inference::Refused(message.text(" of the output; both must be multiples of the groups"));
    }
    let mut shape = input.with_axis(0, channels);
    let mut axis = 0;
    while axis < window.spatial {
        let (slide, length) = (window.slide(axis), input.axis(axis + 1));
        if window.pads_at_most_half && slide.padding > slide.size / 2 {
            let message = start.text("padding ").count(slide.padding).text(" of a window of ").count(slide.size);
            return Inference::Refused(message.text("; a pool pads at most half a window"));
        }
        if slide.padding > window.padding_mode.most(length) {
            let message = start.text(window.padding_mode.name()).text(" padding ").count(slide.padding);
            let message = message.text(" of length ").count(length).text("; at most ");
            return Inference::Refused(message.count(window.padding_mode.most(length)));
        }
        let Some(count) = slide.count(length) else {
            let span = slide.size.saturating_sub(1).saturating_mul(slide.dilation).saturating_add(1);
            let message = start.text("a window of ").count(span).text(" is longer than length ").count(length);
            let message = push_source(message.text(" of "), &spec.inputs.items()[0]);
            let message = message.text(" with padding ").count(slide.padding);
            return Inference::Refused(message.text("; use a smaller kernel or dilation, or more padding"));
        };
        shape = shape.with_axis(axis + 1, count);
        axis += 1;
    }
    Inference::Known(shape)
}

const fn reshaped(spec: &NodeSpec, shape: &Shape, input: &Shape) -> Inference {
    match (shape.elements(), input.elements()) {
        (Some(wanted), Some(found)) if wanted == found => Inference::Known(*shape),
        (Some(wanted), Some(found)) => {
            let message = Message::new().text("node ").name(spec.name).text(": ").shape(shape).text(" holds ");
            let message = message.count(wanted).text(" numbers, but ");
            let message = push_source(message, &spec.inputs.items()[0]).text(" is ").shape(input).text(" and holds ");
            Inference::Refused(message.count(found).text("; state a shape of as many"))
        }
        _ => Inference::Open,
    }
}
