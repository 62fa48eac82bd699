//! The place of the largest value.

use candle_core::Tensor;

use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only_value, padded};
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::onnx::{Element, OnnxAttribute, OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// The position of the largest value of a vector, as a number; the first one where several are equal. No gradient
/// passes. Where a value is NaN, so is the position.
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Reduced, passes_gradient = false, padding = OnPadding::Reduces)]
pub struct ArgMax;

impl BuildLayer for ArgMax {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(*self))
    }
}

impl Layer for ArgMax {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        match inputs {
            [x] if x.rank() == 2 => {
                let x = x.detach();
                let largest = x.argmax(1)?.to_dtype(x.dtype())?;
                let is_undefined = x.ne(&x)?.max(1)?;
                let nan = largest.affine(0.0, f64::NAN)?;
                Ok(is_undefined.where_cond(&nan, &largest)?)
            }
            [x] => {
                Err(Error::Component(format!("ArgMax takes one vector a row, found a batch of shape {:?}", x.dims())))
            }
            _ => Err(Error::Component(format!("ArgMax takes one input, found {}", inputs.len()))),
        }
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.forward(&[mask.fill(x, LOWEST)?], mode)?, None))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let of_first = [("axis", OnnxAttribute::Int(1)), ("keepdims", OnnxAttribute::Int(0))];
        let place = graph.operator("ArgMax", &[x], &of_first, Element::Int64, &[]);
        let place = graph.cast(&place, x.element());
        let undefined = graph.is_nan(x);
        let undefined = graph.cast(&undefined, x.element());
        let undefined = graph.reduce("ReduceMax", &undefined, &[0], false);
        let undefined = graph.compare_number("Greater", &undefined, 0.5);
        let nan = graph.numbers(&[f64::NAN], &[]);
        Ok(graph.choose(&undefined, &nan, &place))
    }
}
