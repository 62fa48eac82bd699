//! Layers with shape rules of their own, asked by pointer: what a running program does, and constants cannot.

use super::inference::{Answers, Inference, Reader, Reads};
use super::sequence::layer;
use super::wiring::Wiring;
use crate::spec::{GraphSpec, InferShape, LayerSpec, ShapeRule};
use crate::text::{Message, Shape};

impl Wiring {
    /// Resolves all names, orders the nodes and infers their shapes.
    #[must_use]
    pub fn of(graph: &GraphSpec) -> Self {
        let mut wiring = Self::links_of(graph);
        let (mut asked, mut answers) = (None, Vec::new());
        while let Some((node, at, input)) = wiring.next_question(graph, &answers) {
            if asked != Some(node) {
                (asked, answers) = (Some(node), Vec::new());
            }
            let answer =
                if at.position == 0 { ask(at, wiring.inputs(graph, node).shapes()) } else { ask(at, &[input]) };
            match answer {
                Ok(shape) => answers.push(shape),
                Err(message) => {
                    wiring.refuse(node, message);
                    answers.clear();
                }
            }
        }
        wiring
    }
}

/// The input shape of each of the layers, each of which reads the one before it, and the output shape of the last one,
/// where they fit each other.
pub(crate) fn shapes(elements: &[LayerSpec], input: Shape, output: Shape) -> Option<Vec<Shape>> {
    let mut shapes = vec![input];
    let mut name = "";
    for (i, spec) in elements.iter().enumerate() {
        let reads = Reads::Element { position: i, name };
        let at = Reader { node: "", layer: spec, position: i + 1, reads };
        let predicted = (i + 1 == elements.len()).then_some(output);
        shapes.push(shape(at, shapes.last()?, predicted)?);
        name = spec.name;
    }
    Some(shapes)
}

fn shape(at: Reader<'_>, input: &Shape, predicted: Option<Shape>) -> Option<Shape> {
    let mut answers = Vec::new();
    loop {
        match layer(at, input, predicted, &mut Answers::new(&answers)) {
            Inference::Known(shape) => return Some(shape),
            Inference::Asks(asked, input) => answers.push(ask(asked, &[input]).ok()?),
            _ => return None,
        }
    }
}

/// What a layer's own rule says of these inputs, refused at its place.
fn ask(at: Reader<'_>, inputs: &[Shape]) -> Result<Shape, Message> {
    let ShapeRule::Own(code) = at.layer.shape else { return Err(at.open().text(" has no shape rule of its own")) };
    let Some(infer) = code.get::<InferShape>() else {
        return Err(at.open().text(" has a shape rule of another type; it must be an InferShape"));
    };
    at.answered(&infer(&at.layer.settings, inputs))
}
