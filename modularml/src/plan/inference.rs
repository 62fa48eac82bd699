//! What is known of an output shape while it is being inferred.

use crate::spec::{LayerSpec, Source};
use crate::text::{Message, Name, Shape};

use super::lookup::push_source;

/// Counts above this are as good as this one; no product and sum of them overflows.
pub(crate) const MOST_ELEMENTS: u128 = 1 << 60;

/// What is known of a node's output shape.
#[allow(clippy::large_enum_variant, reason = "nothing can be boxed in constant evaluation")]
pub(crate) enum Inference<'a> {
    /// The shape.
    Known(Shape),
    /// A mistake elsewhere leaves it open.
    Open,
    /// This node does not fit what it reads.
    Refused(Message),
    /// What it reads at this place does not fit the rest.
    Unfit(usize, Message),
    /// What it reads has no such axis.
    NoAxis(Message),
    /// This layer, which reads this shape first, has a rule of its own, which constants cannot call by pointer.
    Asks(Reader<'a>, Shape),
}

/// What layers with rules of their own have answered, in the order in which they are asked.
pub(crate) struct Answers<'a> {
    given: &'a [Shape],
    taken: usize,
}

impl<'a> Answers<'a> {
    pub(crate) const fn new(given: &'a [Shape]) -> Self {
        Self { given, taken: 0 }
    }

    /// The next answer, where it is known.
    pub(crate) const fn next(&mut self) -> Option<Shape> {
        if self.taken == self.given.len() {
            return None;
        }
        self.taken += 1;
        Some(self.given[self.taken - 1])
    }
}

pub(crate) const fn elements(shape: &Shape) -> u128 {
    match shape.elements() {
        Some(count) => capped(count),
        None => MOST_ELEMENTS,
    }
}

pub(crate) const fn capped(count: usize) -> u128 {
    if count as u128 > MOST_ELEMENTS { MOST_ELEMENTS } else { count as u128 }
}

/// What a layer reads.
#[derive(Clone, Copy)]
pub(crate) enum Reads<'a> {
    /// The input of its node.
    Source(&'a Source),
    /// The element before it, which has this position.
    Element { position: usize, name: Name },
}

/// A layer whose shapes are inferred, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The node that it is, or is an element of.
    pub node: Name,
    pub layer: &'a LayerSpec,
    /// Which element of the node it is, counted from 1; 0 is the node itself.
    pub position: usize,
    pub reads: Reads<'a>,
}

impl Reader<'_> {
    /// "node `a`: Conv1d", or "node `a`: element 2, Conv1d,".
    pub(crate) const fn open(&self) -> Message {
        let message = Message::new().text("node ").name(self.node).text(": ");
        if self.position == 0 {
            return message.text(self.layer.name);
        }
        message.text("element ").count(self.position).text(", ").text(self.layer.name).text(",")
    }

    /// What a rule of the layer's own has said, its refusal with the place of the layer.
    pub(crate) const fn answered(&self, answer: &Result<Shape, Message>) -> Result<Shape, Message> {
        match answer {
            Ok(shape) if matches!(shape.elements(), Some(0)) => {
                Err(self.refused(&Message::new().text("gives ").shape(shape).text("; every axis must be at least 1")))
            }
            Ok(shape) => Ok(*shape),
            Err(why) => Err(self.refused(why)),
        }
    }

    /// "node `a`: Conv1d: ", or "node `a`: element 2, Conv1d: ", and why.
    const fn refused(&self, why: &Message) -> Message {
        let message = Message::new().text("node ").name(self.node).text(": ");
        let message =
            if self.position == 0 { message } else { message.text("element ").count(self.position).text(", ") };
        message.text(self.layer.name).text(": ").text(why.as_str())
    }

    /// "`pulse.voltage`", or "element 1, Relu,".
    pub(crate) const fn push_read(&self, message: Message) -> Message {
        match self.reads {
            Reads::Source(source) => push_source(message, source),
            Reads::Element { position, name } => {
                message.text("element ").count(position).text(", ").text(name).text(",")
            }
        }
    }
}
