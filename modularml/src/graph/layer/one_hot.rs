//! A place for each class or code.

use candle_core::{DType, Tensor};

use super::codes::codes;
use super::{Arity, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// One number for each class of a column, or for each whole number from 0 on: 1 at the place of its own, 0 at the others.
///
/// It reads a column, not a node: `kind = OneHot(cell.chemistry);`. A column of classes says itself how many there are;
/// for a column of whole numbers `entries` does. A code that has no place is an error with its row. The output is `[n]` for n classes, or of an array of codes `[.., n]`, as PyTorch's
/// `torch.nn.functional.one_hot`. Several columns, each with classes of its own, stand side by side in one vector, the places of
/// the first before those of the next: `kinds = OneHot(cell.chemistry, cell.form);`. It learns nothing, and no gradient passes to the codes.
///
/// ```
/// use modularml::graph::layer::OneHot;
///
/// let of_classes = OneHot::new();
/// let of_weekdays = OneHot::new().entries(7);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(arity = Arity::ANY, shape = ShapeRule::Embedded { entries: self.entries, size: None }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Keeps)]
pub struct OneHot {
    /// How many places there are, for the codes 0 to entries - 1; the number of classes when not given.
    #[setting(default = None, at_least = 1, at_most = 65536)]
    entries: Option<usize>,
}

impl BuildLayer for OneHot {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let classes = build.column.map(|column| column.classes.len()).filter(|classes| *classes > 0);
        let Some(entries) = self.entries.or(classes) else {
            return Err(Error::Component("OneHot needs to know how many codes there are; add .entries(n)".to_owned()));
        };
        let dtype = build.computes_in();
        Ok(Box::new(Running { entries, dtype, output: build.output }))
    }
}

struct Running {
    entries: usize,
    dtype: DType,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let codes = codes(x, self.entries)?;
        let mut places = vec![0f32; codes.len() * self.entries];
        for (places, code) in places.chunks_exact_mut(self.entries.max(1)).zip(codes) {
            if let Some(place) = places.get_mut(code as usize) {
                *place = 1.0;
            }
        }
        let dims: Vec<usize> = [x.dim(0)?].iter().chain(self.output.axes()).copied().collect();
        Ok(Tensor::from_vec(places, dims, x.device()).at(|| "places".to_owned())?.to_dtype(self.dtype)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let codes: Vec<usize> = x.axes().iter().copied().chain([1]).collect();
        let codes = graph.reshape(x, &codes);
        let entries: Vec<f64> = (0u32..).take(self.entries).map(f64::from).collect();
        let entries = graph.constant(x.element(), &entries, &[self.entries]);
        let equal = graph.compare("Equal", &codes, &entries);
        let places = graph.cast(&equal, graph.computes_in());
        Ok(graph.reshape(&places, self.output.axes()))
    }
}
