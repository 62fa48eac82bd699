//! A learned vector for each class or code.

use candle_core::{Tensor, Var};

use super::affine::unflat;
use super::codes::codes;
use super::init::{Init, Initial};
use super::{Arity, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::error::At as _;
use crate::onnx::{Element, OnnxAttribute, OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// A learned vector for each class of a column, or for each whole number from 0 on: row k of W for code k.
///
/// It reads a column, not a node: `kind = Embedding::size(8)(cell.chemistry);`. A column of classes says itself how many
/// there are; for a column of whole numbers `entries` does. A code that has no vector is an error with its row. The
/// output is `[size]`, or of an array of codes `[.., size]`. Of several columns, each with classes of its own, each has a table
/// of its own, and the output is a vector for each, `[columns, size]`: `Embedding::size(8)(cell.chemistry, cell.form)`. No
/// gradient passes to the codes.
///
/// ```
/// use modularml::graph::Embedding;
///
/// let of_classes = Embedding::size(8);
/// let of_weekdays = Embedding::size(3).entries(7);
/// let of_words = Embedding::size(16).entries(5000).padding(0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(arity = Arity::ANY, shape = ShapeRule::Embedded { entries: self.entries, size: Some(self.size) }, learns = Learns::BySteps, passes_gradient = false, padding = OnPadding::Keeps)]
pub struct Embedding {
    /// How many numbers each vector holds.
    #[setting(first, at_least = 1)]
    size: usize,
    /// How many vectors there are, for the codes 0 to entries - 1; the number of classes when not given.
    #[setting(default = None, at_least = 1, at_most = 16_777_216)]
    entries: Option<usize>,
    /// A code that stands for nothing: its vector is 0 at first, and no gradient changes it. It must be one of the codes.
    #[setting(default = None)]
    padding: Option<usize>,
    /// How the initial vectors are drawn.
    #[setting(default = Init::Normal)]
    init: Init,
    /// What the initial vectors are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for Embedding {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let classes = build.column.map(|column| column.classes.len()).filter(|classes| *classes > 0);
        let Some(entries) = self.entries.or(classes) else {
            return Err(Error::Component(
                "Embedding needs to know how many codes there are; add .entries(n)".to_owned(),
            ));
        };
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let weight = initial.weight(&[entries, self.size]).at(|| "initial weights".to_owned())?;
        let padding = match self.padding {
            Some(code) if code >= entries => {
                let most = entries.saturating_sub(1);
                return Err(Error::Component(format!("padding({code}) is no code; there are the codes 0 to {most}")));
            }
            Some(code) => {
                Some(u32::try_from(code).map_err(|_| Error::Component(format!("padding({code}) is too large")))?)
            }
            None => None,
        };
        if let Some(code) = self.padding {
            let zeros = Tensor::zeros((1, self.size), weight.dtype(), weight.device())?;
            weight.set(&weight.slice_assign(&[code..code + 1, 0..self.size], &zeros)?)?;
        }
        Ok(Box::new(Running { entries, padding, weight, output: build.output }))
    }
}

struct Running {
    entries: usize,
    padding: Option<u32>,
    /// `[entries, size]`
    weight: Var,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let codes = Tensor::new(codes(x, self.entries)?, x.device())?;
        let mut vectors = mode.parameter(&self.weight)?.index_select(&codes, 0)?;
        if let Some(padding) = self.padding {
            let is_padding = codes.eq(padding)?.unsqueeze(1)?.broadcast_as(vectors.dims())?;
            vectors = is_padding.where_cond(&vectors.detach(), &vectors)?;
        }
        Ok(unflat(&vectors.reshape((x.dim(0)?, ()))?, &self.output)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        vec![("weight".to_owned(), self.weight.clone())]
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let codes = graph.cast(only_value(inputs)?, Element::Int64);
        let weight = graph.tensor(&self.weight)?;
        let dims: Vec<usize> = codes.axes().iter().copied().chain(weight.axes().last().copied()).collect();
        let axis = [("axis", OnnxAttribute::Int(0))];
        let vectors = graph.operator("Gather", &[&weight, &codes], &axis, weight.element(), &dims);
        Ok(graph.reshape(&vectors, self.output.axes()))
    }
}
