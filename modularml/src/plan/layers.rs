//! The output shapes of layers of one input whose axes have a meaning.

use super::inference::{Inference, MOST_ELEMENTS, Reader, capped, elements};
use super::windows::{covered, resized, sliding, spread, wants_channels};
use crate::spec::{Settings, ShapeRule, Value};
use crate::text::{MAX_RANK, Message, Shape};

/// Infers the output shape of a layer of one input from that of the input.
pub(crate) const fn infer(at: Reader<'_>, rule: ShapeRule, input: &Shape) -> Inference<'static> {
    match rule {
        ShapeRule::Same { least_axes } => {
            if input.rank() < least_axes {
                let message = wants(at, input).count(least_axes).text(" axes or more");
                return Inference::Refused(message.text("; give it a node first, for example Linear::to([..])"));
            }
            Inference::Known(*input)
        }
        ShapeRule::Width(width) => {
            if input.rank() == 0 {
                let message = wants(at, input).text("1 axis or more");
                return Inference::Refused(message.text("; give it a node first, for example Linear::to([..])"));
            }
            Inference::Known(input.with_axis(input.rank() - 1, width))
        }
        ShapeRule::Grouped { groups } => {
            if input.rank() == 0 {
                let message = wants(at, input).text("[channels, ..]");
                return Inference::Refused(message.text("; give it a node first, for example Linear::to([..])"));
            }
            if groups == 0 || !input.axis(0).is_multiple_of(groups) {
                let message = wants(at, input).text("channels in ").count(groups).text(" equal groups; ");
                return Inference::Refused(push_divisors(message, input.axis(0)));
            }
            Inference::Known(*input)
        }
        ShapeRule::Flat => match input.elements() {
            Some(count) => Inference::Known(Shape::new(&[count])),
            None => Inference::Open,
        },
        ShapeRule::Transposed => transposed(at, input),
        ShapeRule::Reshaped(shape) => reshaped(at, &shape, input),
        ShapeRule::Window(window) => sliding(at, &window, input),
        ShapeRule::Spread { window, output_padding } => spread(at, &window, &output_padding, input),
        ShapeRule::Resized { by, to } => resized(at, by, to, input),
        ShapeRule::Covered(sizes) => covered(at, &sizes, input),
        ShapeRule::Reduced => {
            if input.rank() == 1 {
                return Inference::Known(Shape::SCALAR);
            }
            let message = at.push_read(at.open().text(" takes a vector, but ")).text(" is ").shape(input);
            Inference::Refused(message.text("; put a node between them, for example Linear::to([n])"))
        }
        ShapeRule::PerChannel => {
            if input.rank() < 2 {
                return Inference::Refused(wants_channels(at, 1, input));
            }
            Inference::Known(Shape::new(&[input.axis(0)]))
        }
        ShapeRule::WithoutPositions => {
            if input.rank() == 0 {
                let message = at.push_read(at.open().text(" takes [length, ..], but "));
                return Inference::Refused(message.text(" is a single number; remove the layer"));
            }
            Inference::Known(input.without_first())
        }
        ShapeRule::Components(count) => Inference::Known(Shape::new(&[count])),
        ShapeRule::Embedded { size: Some(size), .. } | ShapeRule::Several(size) => {
            if input.rank() == MAX_RANK {
                let message = at.push_read(at.open().text(" adds an axis, but "));
                return Inference::Refused(
                    message.text(" has ").count(MAX_RANK).text(" already, the most there can be"),
                );
            }
            Inference::Known(input.with_last(size))
        }
        ShapeRule::OfTime { width, .. } => Inference::Known(Shape::new(&[width])),
        ShapeRule::Recurrent { hidden, directions, last, .. } => {
            if input.rank() != 2 {
                return Inference::Refused(wants_positions(at, input));
            }
            let width = hidden.saturating_mul(directions);
            Inference::Known(if last { Shape::new(&[width]) } else { input.with_axis(1, width) })
        }
        ShapeRule::Attention { heads } => {
            if input.rank() != 2 {
                return Inference::Refused(wants_positions(at, input));
            }
            if heads == 0 || !input.axis(1).is_multiple_of(heads) {
                return Inference::Refused(heads_do_not_divide(at, heads, input.axis(1)));
            }
            Inference::Known(*input)
        }
        // These are inferred from their settings or column, from their elements, as merges, or by themselves, before this is asked.
        ShapeRule::Stated(_)
        | ShapeRule::Embedded { size: None, .. }
        | ShapeRule::Crossed(_)
        | ShapeRule::Setting { .. }
        | ShapeRule::Convolved(_)
        | ShapeRule::Sequence
        | ShapeRule::Residual
        | ShapeRule::Concat { .. }
        | ShapeRule::Equal
        | ShapeRule::Stack { .. }
        | ShapeRule::Own(_) => Inference::Open,
    }
}

/// How many parameters a layer has that does not flatten its input; those that grow with the shapes alone count.
pub(crate) const fn parameters(settings: &Settings, rule: ShapeRule, input: &Shape, output: &Shape) -> u128 {
    match rule {
        ShapeRule::Convolved(_) => {
            let (Value::Sizes(widths), Some(kernel)) = (settings.get("channels"), settings.get("kernel").as_int())
            else {
                return 0;
            };
            let widths = widths.as_slice();
            let mut channels = if input.rank() == 2 { capped(input.axis(0)) } else { 1 };
            let mut count = 0u128;
            let mut i = 0;
            while i < widths.len() {
                let next = capped(widths[i]);
                count = count.saturating_add((channels * kernel.unsigned_abs() as u128).saturating_mul(next));
                channels = next;
                i += 1;
            }
            count.saturating_add(channels * elements(output))
        }
        ShapeRule::Window(window) if window.channels.is_some() => {
            let groups = if window.groups == 0 { 1 } else { window.groups };
            let inputs = capped(input.axis(0) / groups) * elements(&window.kernel);
            capped(output.axis(0)) * (if inputs < MOST_ELEMENTS { inputs } else { MOST_ELEMENTS } + 1)
        }
        ShapeRule::Spread { window, .. } => {
            let groups = if window.groups == 0 { 1 } else { window.groups };
            let outputs = capped(output.axis(0) / groups) * elements(&window.kernel);
            capped(input.axis(0)).saturating_mul(outputs).saturating_add(capped(output.axis(0)))
        }
        ShapeRule::Equal => match settings.get("hidden").as_int() {
            Some(hidden) => (hidden.unsigned_abs() as u128).saturating_mul(elements(output) + 2),
            None => 0,
        },
        ShapeRule::Embedded { entries: Some(entries), size: Some(size) } => {
            capped(entries).saturating_mul(capped(size))
        }
        ShapeRule::Recurrent { gates, hidden, layers, directions, .. } if input.rank() == 2 => {
            let outputs = capped(hidden.saturating_mul(gates).saturating_mul(directions));
            let (hidden, width) = (capped(hidden), capped(hidden.saturating_mul(directions)));
            let lowest = outputs * (capped(input.axis(1)) + hidden + 2);
            let others = outputs.saturating_mul(width + hidden + 2).saturating_mul(layers.saturating_sub(1) as u128);
            let count = lowest.saturating_add(others);
            if count < MOST_ELEMENTS { count } else { MOST_ELEMENTS }
        }
        ShapeRule::Attention { .. } if input.rank() == 2 => {
            let width = capped(input.axis(1));
            let hidden = match settings.get("feed_forward").as_int() {
                Some(hidden) => hidden.unsigned_abs() as u128,
                None if settings.has("feed_forward") => width * 4,
                None => 0,
            };
            width.saturating_mul((width + 1) * 4 + hidden * 2).saturating_add(hidden + width * 5)
        }
        ShapeRule::Components(count) => capped(count).saturating_mul(elements(input) + 1),
        ShapeRule::Width(width) => {
            (capped(input.axis(input.rank().saturating_sub(1))) + 1).saturating_mul(capped(width))
        }
        // Dense layers and layers of layers are counted in `sequence`; an input of another rank was refused; the others have
        // no parameters, a few for each channel, or such as only their own code knows.
        ShapeRule::Stated(_)
        | ShapeRule::Crossed(_)
        | ShapeRule::Sequence
        | ShapeRule::Residual
        | ShapeRule::Setting { .. }
        | ShapeRule::Window(_)
        | ShapeRule::Resized { .. }
        | ShapeRule::Embedded { .. }
        | ShapeRule::OfTime { .. }
        | ShapeRule::Several(_)
        | ShapeRule::Recurrent { .. }
        | ShapeRule::Attention { .. }
        | ShapeRule::Concat { .. }
        | ShapeRule::Stack { .. }
        | ShapeRule::Reduced
        | ShapeRule::Same { .. }
        | ShapeRule::Grouped { .. }
        | ShapeRule::Flat
        | ShapeRule::Reshaped(_)
        | ShapeRule::Transposed
        | ShapeRule::Covered(_)
        | ShapeRule::PerChannel
        | ShapeRule::WithoutPositions
        | ShapeRule::Own(_) => 0,
    }
}

/// "101 channels fall into 1 or 101", "12 channels fall into 1, 2, 3, 4, 6 or 12".
const fn push_divisors(message: Message, channels: usize) -> Message {
    let mut message = message.count(channels).text(" channels fall into 1");
    let mut groups = 2;
    while groups < channels && groups <= 64 {
        if channels.is_multiple_of(groups) {
            message = message.text(", ").count(groups);
        }
        groups += 1;
    }
    if channels > 1 { message.text(" or ").count(channels) } else { message }
}

/// "node `a`: Conv1d reads `pulse.voltage`, which is [101], but wants ".
const fn wants(at: Reader<'_>, input: &Shape) -> Message {
    let message = at.open().text(" reads ");
    let message = at.push_read(message).text(", which is ").shape(input);
    message.text(", but wants ")
}

/// "node `a`: Lstm takes [length, width], but `pulse.voltage` is [101]; put `Reshape::to`([101, 1]) between them".
const fn wants_positions(at: Reader<'_>, input: &Shape) -> Message {
    let message = at.push_read(at.open().text(" takes [length, width], but ")).text(" is ").shape(input);
    if input.rank() == 1 {
        return message.text("; put Reshape::to(").shape(&input.with_last(1)).text(") between them");
    }
    message.text("; put a Reshape between them")
}

/// "node `a`: 3 heads do not divide width 16 of `encoder`; use 1, 2, 4, 8 or 16".
const fn heads_do_not_divide(at: Reader<'_>, heads: usize, width: usize) -> Message {
    /// More divisors than these are not told.
    const MOST: usize = 8;
    /// Wider heads are not looked for.
    const WIDEST: usize = 1024;
    let message = Message::new().text("node ").name(at.node).text(": ").count(heads);
    let message = message.text(" heads do not divide width ").count(width).text(" of ");
    let mut message = at.push_read(message).text("; use ");
    let (mut told, mut divisor, mut next) = (0, 1, next_divisor(width, 1, WIDEST));
    while told < MOST {
        message = message.count(divisor);
        told += 1;
        let Some(following) = next else { break };
        divisor = following;
        next = next_divisor(width, divisor, WIDEST);
        message = message.text(if next.is_none() || told + 1 == MOST { " or " } else { ", " });
    }
    message
}

/// The smallest divisor of a number above another one, and below a limit.
const fn next_divisor(of: usize, above: usize, limit: usize) -> Option<usize> {
    let mut divisor = above + 1;
    while divisor <= of && divisor <= limit {
        if of.is_multiple_of(divisor) {
            return Some(divisor);
        }
        divisor += 1;
    }
    None
}

const fn transposed(at: Reader<'_>, input: &Shape) -> Inference<'static> {
    if input.rank() < 2 {
        let message = wants(at, input).text("two axes or more; remove the layer, or put a Reshape between them");
        return Inference::Refused(message);
    }
    let last = input.rank() - 1;
    Inference::Known(input.with_axis(last, input.axis(last - 1)).with_axis(last - 1, input.axis(last)))
}

const fn reshaped(at: Reader<'_>, shape: &Shape, input: &Shape) -> Inference<'static> {
    match (shape.elements(), input.elements()) {
        (Some(wanted), Some(found)) if wanted == found => Inference::Known(*shape),
        (Some(wanted), Some(found)) => {
            let message = Message::new().text("node ").name(at.node).text(": ").shape(shape).text(" holds ");
            let message = message.count(wanted).text(" numbers, but ");
            let message = at.push_read(message).text(" is ").shape(input).text(" and holds ");
            Inference::Refused(message.count(found).text("; state a shape of as many"))
        }
        _ => Inference::Open,
    }
}
