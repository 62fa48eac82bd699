//! The multilayer perceptron.

use candle_core::{Tensor, Var};

use super::affine::{Affine, flat, onnx_flat, unflat};
use super::dropout::dropout;
use super::init::{Init, Initial};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::Result;
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::{Shape, Sizes};

/// Linear maps with a function after each but the last, on the flattened input.
///
/// ```
/// use modularml::graph::{Activation, Mlp};
///
/// let encoder = Mlp::hidden([64, 32]).output([16]).activation(Activation::Gelu).dropout(0.1);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(self.output), learns = Learns::BySteps, activation = self.output_activation, padding = OnPadding::Zeros)]
pub struct Mlp {
    /// The widths of the hidden layers.
    #[setting(first, at_least = 1.0)]
    hidden: Sizes,
    /// The shape of the output; that of the predicted target when not given.
    #[setting(default = None, at_least = 1.0)]
    output: Option<Shape>,
    /// The function after each hidden layer.
    #[setting(default = Activation::Relu)]
    activation: Activation,
    /// The probability that an element is set to zero after each hidden activation in training.
    #[setting(default = 0.0, at_least = 0.0, below = 1.0)]
    dropout: f64,
    /// The function of the output.
    #[setting(default = Activation::Identity)]
    output_activation: Activation,
    /// How the initial weights are drawn.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for Mlp {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let mut maps = Vec::with_capacity(self.hidden.len() + 1);
        let (mut width, outputs) = (build.input_width()?, build.output_width()?);
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        for next in self.hidden.as_slice().iter().copied().chain([outputs]) {
            maps.push(Affine::new(width, next, true, &mut initial).at(|| "initial weights".to_owned())?);
            width = next;
        }
        Ok(Box::new(Running { mlp: *self, maps, output: build.output }))
    }
}

struct Running {
    mlp: Mlp,
    maps: Vec<Affine>,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let mut x = flat(only(inputs)?)?;
        for (position, map) in self.maps.iter().enumerate() {
            let is_hidden = position + 1 < self.maps.len();
            let activation = if is_hidden { self.mlp.activation } else { Activation::Identity };
            x = map.forward(&x, activation, mode).at(|| format!("linear map {position}"))?;
            if is_hidden {
                x = dropout(&x, self.mlp.dropout, mode)?;
            }
        }
        self.mlp.output_activation.apply(&unflat(&x, &self.output)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.maps.iter().enumerate().flat_map(|(position, map)| map.parameters(&format!("{position}."))).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut x = onnx_flat(graph, only_value(inputs)?);
        for (position, map) in self.maps.iter().enumerate() {
            let is_hidden = position + 1 < self.maps.len();
            x = map.onnx(graph, &x, if is_hidden { self.mlp.activation } else { Activation::Identity })?;
        }
        let y = graph.reshape(&x, self.output.axes());
        Ok(self.mlp.output_activation.onnx(graph, &y))
    }
}
