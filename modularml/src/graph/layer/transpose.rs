//! The last two axes in the other order.

use candle_core::{D, Tensor};

use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// Exchanges the last two axes: `[length, width]`, which layers of sequences take, becomes `[channels, length]`, which
/// convolutions and pools take, and the reverse.
///
/// ```
/// use modularml::graph::layer::Transpose;
///
/// let channels_first = Transpose;
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Transposed, padding = OnPadding::Masks)]
pub struct Transpose;

impl BuildLayer for Transpose {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Running))
    }
}

struct Running;

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(only(inputs)?.transpose(D::Minus2, D::Minus1)?.contiguous()?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.forward(inputs, mode)?, Some(mask.transposed(x.rank())?)))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        match x.axes().len() {
            rank @ 2.. => Ok(graph.swap(x, rank - 2, rank - 1)),
            rank => Err(Error::Component(format!("Transpose takes two axes or more, found {rank}"))),
        }
    }
}
