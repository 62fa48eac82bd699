//! The output shapes of layers that are made of layers.

use super::inference::{Answers, Inference, MOST_ELEMENTS, Reader, Reads, capped, elements as count_of};
use super::layers;
use crate::spec::{LayerSpec, Learns, Settings, ShapeRule, Value};
use crate::text::{Message, Shape, Sizes, same};

/// Infers the output shape of a layer from that of its input. One that states none has that of what it predicts; one that
/// has a rule of its own has what it answered.
pub(crate) const fn layer<'a>(
    at: Reader<'a>,
    input: &Shape,
    predicted: Option<Shape>,
    answers: &mut Answers<'_>,
) -> Inference<'a> {
    match at.layer.shape {
        ShapeRule::Stated(stated) | ShapeRule::Crossed(stated) | ShapeRule::Setting { shape: stated, .. } => {
            self::stated(at, stated, predicted)
        }
        ShapeRule::Convolved(stated) => {
            if input.rank() == 1 || input.rank() == 2 {
                return self::stated(at, stated, predicted);
            }
            let message = at.push_read(at.open().text(" takes [channels, length] or [length], but "));
            Inference::Refused(message.text(" is ").shape(input).text("; put a Reshape between them"))
        }
        ShapeRule::Own(_) => match answers.next() {
            Some(shape) => Inference::Known(shape),
            None => Inference::Asks(at, *input),
        },
        ShapeRule::Sequence => elements(at, input, predicted, answers),
        ShapeRule::Residual => match elements(at, input, Some(*input), answers) {
            Inference::Known(shape) if !shape.same(input) => {
                let message = at.open().text(" adds ").shape(&shape).text(" to its input, but ");
                let message = at.push_read(message).text(" is ").shape(input);
                Inference::Refused(message.text("; its last layer must give the shape of the input"))
            }
            other => other,
        },
        rule => layers::infer(at, rule, input),
    }
}

/// The layers that a layer is made of.
pub(crate) const fn elements_of(layer: &LayerSpec) -> &'static [LayerSpec] {
    match layer.settings.get("layers").as_layers() {
        Some(layers) => layers,
        None => &[],
    }
}

const fn stated(at: Reader<'_>, stated: Option<Shape>, predicted: Option<Shape>) -> Inference<'static> {
    match (stated, predicted) {
        (Some(shape), _) | (None, Some(shape)) => Inference::Known(shape),
        (None, None) => {
            Inference::Refused(at.open().text(" states no output shape; state one, for example Linear::to([n])"))
        }
    }
}

/// Each element reads the one before it.
const fn elements<'a>(
    at: Reader<'a>,
    input: &Shape,
    predicted: Option<Shape>,
    answers: &mut Answers<'_>,
) -> Inference<'a> {
    let elements = elements_of(at.layer);
    if elements.is_empty() {
        return Inference::Refused(at.open().text(" has no layers; name at least one"));
    }
    let mut shape = *input;
    let mut i = 0;
    while i < elements.len() {
        let element = element(at, elements, i);
        if let Err(message) = suits(element) {
            return Inference::Refused(message);
        }
        shape = match layer(element, &shape, if i + 1 < elements.len() { None } else { predicted }, answers) {
            Inference::Known(shape) => shape,
            other => return other,
        };
        i += 1;
    }
    Inference::Known(shape)
}

/// The element at a position, and what it reads.
const fn element<'a>(at: Reader<'a>, elements: &'a [LayerSpec], i: usize) -> Reader<'a> {
    let reads = if i == 0 { at.reads } else { Reads::Element { position: i, name: elements[i - 1].name } };
    Reader { node: at.node, layer: &elements[i], position: i + 1, reads }
}

/// Rule: an element takes one input, computes with numbers, and learns by steps, if at all.
const fn suits(element: Reader<'_>) -> Result<(), Message> {
    if element.layer.arity.least > 1 {
        return Err(element.open().text(" joins several inputs, but an element has one; make it a node of its own"));
    }
    if let ShapeRule::Embedded { .. } = element.layer.shape {
        return Err(element.open().text(" looks up classes or codes of a column; make it a node of its own"));
    }
    if let ShapeRule::OfTime { .. } = element.layer.shape {
        return Err(element.open().text(" makes numbers of a column of times; make it a node of its own"));
    }
    if same(element.layer.name, "Onnx") {
        return Err(element.open().text(" is read from a file; make it a node of its own"));
    }
    if matches!(element.layer.learns, Learns::ByFit(_)) {
        return Err(element.open().text(" learns by fit, but the others by steps; make it a node of its own"));
    }
    Ok(())
}

/// Whether a layer, or one in it, has a single number a channel of a row, of which it takes statistics over the rows of a
/// batch: a batch of one row is too small then.
pub(crate) const fn needs_rows(layer: &LayerSpec, input: &Shape, output: &Shape) -> bool {
    if layer.batch_statistics {
        return count_of(&input.without_first()) == 1;
    }
    let elements = elements_of(layer);
    let at = Reader { node: layer.name, layer, position: 0, reads: Reads::Element { position: 0, name: layer.name } };
    let mut shape = *input;
    let mut i = 0;
    while i < elements.len() {
        let predicted = if i + 1 == elements.len() { Some(*output) } else { None };
        let element = element(at, elements, i);
        let Inference::Known(next) = self::layer(element, &shape, predicted, &mut Answers::new(&[])) else {
            return false;
        };
        if needs_rows(&elements[i], &shape, &next) {
            return true;
        }
        shape = next;
        i += 1;
    }
    false
}

/// How many parameters the elements have together.
const fn of_elements(made: &LayerSpec, input: &Shape, output: &Shape) -> u128 {
    let elements = elements_of(made);
    let reads = Reads::Element { position: 0, name: made.name };
    let at = Reader { node: made.name, layer: made, position: 0, reads };
    let (mut count, mut shape) = (0u128, *input);
    let mut i = 0;
    while i < elements.len() {
        let last = i + 1 == elements.len();
        let predicted = if last { Some(*output) } else { None };
        let Inference::Known(next) = layer(element(at, elements, i), &shape, predicted, &mut Answers::new(&[])) else {
            return count;
        };
        count += parameters(&elements[i], &shape, &next);
        shape = next;
        i += 1;
    }
    count
}

/// How many parameters a layer has, where more than [`MOST_ELEMENTS`] are as many.
pub(crate) const fn parameters(layer: &LayerSpec, input: &Shape, output: &Shape) -> u128 {
    let count = match layer.shape {
        // What is stated of a network from elsewhere tells nothing of its weights.
        ShapeRule::Stated(_) if matches!(layer.learns, Learns::Nothing) => 0,
        ShapeRule::Stated(_) => dense(&layer.settings, input, output),
        ShapeRule::Sequence | ShapeRule::Residual => of_elements(layer, input, output),
        rule => layers::parameters(&layer.settings, rule, input, output),
    };
    if count < MOST_ELEMENTS { count } else { MOST_ELEMENTS }
}

/// How many parameters dense layers have, through the hidden widths where there are such.
const fn dense(settings: &Settings, input: &Shape, output: &Shape) -> u128 {
    let hidden = match if settings.has("hidden") { settings.get("hidden") } else { Value::Unset } {
        Value::Sizes(widths) => widths,
        _ => Sizes::NONE,
    };
    let hidden = hidden.as_slice();
    let mut width = count_of(input);
    let mut count = 0u128;
    let mut i = 0;
    while i <= hidden.len() {
        let next = if i < hidden.len() { capped(hidden[i]) } else { count_of(output) };
        count += (width + 1) * next;
        width = next;
        i += 1;
    }
    count
}
