//! The same numbers under another shape.

use candle_core::Tensor;

use super::affine::unflat;
use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// All numbers of a row as one vector, the last axis running fastest.
///
/// Linear layers flatten their input themselves; this is for merges and for reading a vector from outside.
///
/// ```
/// use modularml::graph::layer::Flatten;
///
/// let vector = Flatten;
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Flat, padding = OnPadding::Masks)]
pub struct Flatten;

/// The same numbers in the same order under the stated shape, which must hold as many.
///
/// ```
/// use modularml::graph::layer::Reshape;
///
/// let one_channel = Reshape::to([1, 101]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Reshaped(self.shape), padding = OnPadding::Masks)]
pub struct Reshape {
    /// The shape of the output.
    #[setting(first = to, at_least = 1)]
    shape: Shape,
}

impl BuildLayer for Flatten {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Running::new(&build)?))
    }
}

impl BuildLayer for Reshape {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Running::new(&build)?))
    }
}

struct Running {
    output: Shape,
}

impl Running {
    fn new(build: &LayerBuild) -> Result<Self> {
        if build.input_width()? != build.output_width()? {
            let (found, output) = (build.input_width()?, build.output);
            return Err(Error::Component(format!("{found} numbers a row do not fill the shape {output}")));
        }
        Ok(Self { output: build.output })
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(unflat(only(inputs)?, &self.output)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((unflat(x, &self.output)?, Some(mask.reshaped(x.dims(), &self.output)?)))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        Ok(graph.reshape(only_value(inputs)?, self.output.axes()))
    }
}
