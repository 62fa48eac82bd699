//! One linear map.

use candle_core::{Tensor, Var};

use super::affine::{Affine, flat, onnx_flat, unflat};
use super::init::{Init, Initial};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::Result;
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// y = x Wᵀ + b on the flattened input.
///
/// ```
/// use modularml::graph::Linear;
///
/// let three_numbers = Linear::to([3]);
/// let as_the_target = Linear::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(self.output), learns = Learns::BySteps, padding = OnPadding::Zeros)]
pub struct Linear {
    /// The shape of the output; that of the predicted target when not given.
    #[setting(default = None, at_least = 1.0)]
    output: Option<Shape>,
    /// No b is added.
    #[setting(default = false)]
    no_bias: bool,
    /// How the initial weights are drawn.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl Linear {
    /// A linear map to an output of this shape.
    #[must_use]
    pub const fn to<const N: usize>(axes: [usize; N]) -> Self {
        Self::new().output(axes)
    }
}

impl BuildLayer for Linear {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (inputs, outputs) = (build.input_width()?, build.output_width()?);
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let map = Affine::new(inputs, outputs, !self.no_bias, &mut initial).at(|| "initial weights".to_owned())?;
        Ok(Box::new(Running { map, activation: Activation::Identity, output: build.output }))
    }
}

struct Running {
    map: Affine,
    activation: Activation,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let y = self.map.forward(&flat(only(inputs)?)?, self.activation, mode)?;
        Ok(unflat(&y, &self.output)?)
    }

    fn take_over(&mut self, activation: Activation) -> bool {
        self.activation.take_over(activation)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.map.parameters("0.")
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = onnx_flat(graph, only_value(inputs)?);
        let y = self.map.onnx(graph, &x, self.activation)?;
        Ok(graph.reshape(&y, self.output.axes()))
    }
}
