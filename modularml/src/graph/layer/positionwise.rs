//! One linear map of each position.

use candle_core::{Tensor, Var};

use super::affine::Affine;
use super::init::{Init, Initial};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::error::At as _;
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// y = x Wᵀ + b over the last axis, at each position by itself, as `torch.nn.Linear`: of `[.., n]` it makes `[.., width]`.
/// A [`Linear`](super::Linear) maps all numbers of a row at once.
///
/// ```
/// use modularml::graph::layer::PositionwiseLinear;
///
/// let of_each_step = PositionwiseLinear::to(16);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Width(self.width), learns = Learns::BySteps, padding = OnPadding::Masks)]
pub struct PositionwiseLinear {
    /// How many numbers each position becomes.
    #[setting(first = to, at_least = 1)]
    width: usize,
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

impl BuildLayer for PositionwiseLinear {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let Some(inputs) = build.inputs.first().and_then(|input| input.axes().last().copied()) else {
            return Err(Error::Component("PositionwiseLinear takes an input of [.., n]".to_owned()));
        };
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let map = Affine::new(inputs, self.width, !self.no_bias, &mut initial).at(|| "initial weights".to_owned())?;
        Ok(Box::new(Running { map, activation: Activation::Identity, width: self.width }))
    }
}

struct Running {
    map: Affine,
    activation: Activation,
    width: usize,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let mut dims = x.dims().to_vec();
        let last = dims.last_mut().map_or(1, |last| std::mem::replace(last, self.width));
        let y = self.map.forward(&x.reshape(((), last))?, self.activation, mode)?;
        Ok(y.reshape(dims)?)
    }

    /// Where the last axis itself is padded, as of `[length]`, the map reads zeros for padding.
    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        if mask.is_alike_along(1, x.rank()) {
            return Ok((self.forward(inputs, mode)?, Some(mask.clone())));
        }
        let y = self.forward(&[mask.zero(x)?], mode)?;
        Ok((y, mask.any_along_last(x.rank())?))
    }

    fn take_over(&mut self, activation: Activation) -> bool {
        self.activation.take_over(activation)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.map.parameters("0.")
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        self.map.onnx(graph, only_value(inputs)?, self.activation)
    }
}
