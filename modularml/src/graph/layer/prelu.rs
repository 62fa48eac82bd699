//! A rectifier whose slope below 0 is learned.

use candle_core::{Tensor, Var};

use super::activation::Activation;
use super::norm::{channels, per_channel};
use super::{BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};

/// x above 0, else a x, where a is learned (He et al., 2015), as `torch.nn.PReLU`: one number, or one a channel.
///
/// The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::PRelu;
///
/// let one_slope = PRelu::new();
/// let of_each_channel = PRelu::new().per_channel();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 1 }, learns = Learns::BySteps, padding = OnPadding::Keeps)]
pub struct PRelu {
    /// The slope at first.
    #[setting(default = 0.25, above = -1e9, below = 1e9)]
    slope: f64,
    /// Each channel, counted by the first axis, has a slope of its own.
    #[setting(default = false)]
    per_channel: bool,
}

impl BuildLayer for PRelu {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let count = if self.per_channel { channels(build.inputs.first())? } else { 1 };
        let slopes = Tensor::full(self.slope, count, &build.device)?.to_dtype(build.dtype)?;
        Ok(Box::new(Running(Var::from_tensor(&slopes)?)))
    }
}

/// The slopes.
struct Running(Var);

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let count = self.0.elem_count();
        let slopes = mode.parameter(&self.0)?.reshape(per_channel(count, x.rank()))?;
        let below = Activation::Relu.apply(&x.neg()?)?;
        Ok((Activation::Relu.apply(x)? - below.broadcast_mul(&slopes)?)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        vec![("weight".to_owned(), self.0.clone())]
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let slopes = graph.tensor(&self.0.reshape(per_channel(self.0.elem_count(), x.axes().len() + 1))?)?;
        let negated = graph.unary("Neg", x);
        let (above, below) = (graph.unary("Relu", x), graph.unary("Relu", &negated));
        let below = graph.binary("Mul", &below, &slopes);
        Ok(graph.binary("Sub", &above, &below))
    }
}
