//! A merge that weighs its inputs by attention.

use candle_core::{Tensor, Var};

use super::affine::{Affine, flat, unflat};
use super::init::{Init, Initial};
use super::{Activation, Arity, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, padded};
use crate::Result;
use crate::error::At as _;
use crate::graph::mask::{Mask, Masked};
use crate::graph::softmax::softmax;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// The sum of its inputs, each times a weight that is learned from what it holds (Ilse et al., 2018, equation 8).
///
/// Input i as a vector `x_i` has the score `s_i` = v · tanh(W `x_i` + b) with `hidden` rows in W, and the output is the
/// sum of `softmax(s)_i` `x_i`: weights above 0 that add up to 1, for each row by itself. It has the shape of the inputs,
/// which is the same for all. Unlike their mean it can follow the input that tells most; which one stands first does not
/// matter. Parameters are `hidden.weight`, `hidden.bias` and `score.weight`.
///
/// ```
/// use modularml::graph::AttentionPool;
///
/// let fused = AttentionPool::hidden(16);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(arity = Arity::SEVERAL, shape = ShapeRule::Equal, allows_repeat = self.allow_repeat, learns = Learns::BySteps, padding = OnPadding::Masks)]
pub struct AttentionPool {
    /// How many numbers a score is made from.
    #[setting(first, at_least = 1)]
    hidden: usize,
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
    /// How the initial weights are drawn.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for AttentionPool {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let width = build.output_width()?;
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let place = || "initial weights".to_owned();
        let hidden = Affine::new(width, self.hidden, true, &mut initial).at(place)?;
        let score = Affine::new(self.hidden, 1, false, &mut initial).at(place)?;
        Ok(Box::new(Running { hidden, score, output: build.output }))
    }
}

struct Running {
    hidden: Affine,
    score: Affine,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let inputs = inputs.iter().map(flat).collect::<candle_core::Result<Vec<_>>>()?;
        let inputs = Tensor::stack(&inputs, 1)?;
        let (rows, count, width) = inputs.dims3()?;
        let hidden = self.hidden.forward(&inputs.reshape((rows * count, width))?, Activation::Tanh, mode)?;
        let scores = self.score.forward(&hidden, Activation::Identity, mode)?;
        let weights = softmax(&scores.reshape((rows, count))?)?;
        let sum = inputs.broadcast_mul(&weights.reshape((rows, count, 1))?)?.sum(1)?;
        Ok(unflat(&sum, &self.output)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let y = self.forward(&padded::zeroed(inputs, masks)?, mode)?;
        let mask = Mask::of_all(masks, y.rank())?;
        Ok((y, mask))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.hidden.parameters("hidden.").into_iter().chain(self.score.parameters("score.")).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let stacked: Vec<OnnxValue> = inputs.iter().map(|x| graph.reshape(x, &[1, x.width()])).collect();
        let stacked = graph.concat(&stacked.iter().collect::<Vec<_>>(), 0);
        let hidden = self.hidden.onnx(graph, &stacked, Activation::Tanh)?;
        let scores = self.score.onnx(graph, &hidden, Activation::Identity)?;
        let scores = graph.reshape(&scores, &[inputs.len()]);
        let weights = Activation::Softmax.onnx(graph, &scores);
        let weights = graph.reshape(&weights, &[inputs.len(), 1]);
        let weighed = graph.binary("Mul", &stacked, &weights);
        let sum = graph.reduce("ReduceSum", &weighed, &[0], false);
        Ok(graph.reshape(&sum, self.output.axes()))
    }
}
