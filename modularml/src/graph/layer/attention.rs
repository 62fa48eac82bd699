//! Attention of the positions of a sequence to each other.

use candle_core::{Tensor, Var};

use super::affine::Affine;
use super::dropout::dropout;
use super::init::{Init, Initial};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::error::At as _;
use crate::graph::autograd::reshape;
use crate::graph::kernel::attend::attend;
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// Multi-head self-attention (Vaswani et al., 2017): each position becomes a mean of all positions, weighted by how
/// well they match it.
///
/// Queries, keys and values, (q, k, v) = W x + b, fall into heads of d = width / heads numbers each. A head gives
/// softmax(q kᵀ / sqrt(d)) v, and the heads side by side pass a last linear map. Input and output are `[length, width]`.
/// W is `in_proj_weight`, the last map `out_proj.weight`, as in PyTorch's `MultiheadAttention`; biases start at 0.
/// Positions carry no order of their own, so a model that needs it must have it in its features. No position sees the
/// padding of shorter rows.
///
/// ```
/// use modularml::graph::MultiHeadAttention;
///
/// let each_sees_all = MultiHeadAttention::heads(4).dropout(0.1);
/// let each_sees_the_past = MultiHeadAttention::heads(4).causal();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Attention { heads: self.heads }, learns = Learns::BySteps, padding = OnPadding::Masks)]
pub struct MultiHeadAttention {
    /// Into how many heads the width falls, which they divide.
    #[setting(first, at_least = 1)]
    heads: usize,
    /// The probability that a weight of the mean is set to zero in training.
    #[setting(default = 0.0, at_least = 0.0, below = 1.0)]
    dropout: f64,
    /// No position sees those behind it.
    #[setting(default = false)]
    causal: bool,
    /// No biases are added.
    #[setting(default = false)]
    no_bias: bool,
    /// How the initial weights are drawn.
    #[setting(default = Init::XavierUniform)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl MultiHeadAttention {
    /// The running attention over sequences of this width.
    pub(super) fn attention(self, width: usize, initial: &mut Initial<'_>) -> Result<Attention> {
        if self.heads == 0 || !width.is_multiple_of(self.heads) {
            return Err(Error::Component(format!("{} heads do not divide width {width}", self.heads)));
        }
        let mut map = |outputs| Affine::new(width, outputs, !self.no_bias, initial).at(|| "initial weights".to_owned());
        Ok(Attention { projection: map(3 * width)?, output: map(width)?, settings: self })
    }
}

/// The width of an input of `[length, width]`.
pub(super) fn width_of(build: &LayerBuild) -> Result<usize> {
    match build.inputs.as_slice() {
        [input] if input.rank() == 2 => Ok(input.axis(1)),
        _ => Err(Error::Component("attention takes one input of [length, width]".to_owned())),
    }
}

impl BuildLayer for MultiHeadAttention {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let width = width_of(&build)?;
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        Ok(Box::new(self.attention(width, &mut initial)?))
    }
}

/// Running self-attention.
#[derive(Debug)]
pub(super) struct Attention {
    settings: MultiHeadAttention,
    /// From x to queries, keys and values side by side.
    projection: Affine,
    output: Affine,
}

impl Attention {
    /// `[rows, length, width]` to the same.
    ///
    /// No position attends to one that `mask` says is padding.
    pub fn attend(&self, x: &Tensor, mask: Option<&Mask>, mode: &mut Mode) -> Result<Tensor> {
        let (rows, length, width) = x.dims3()?;
        let MultiHeadAttention { heads, causal, dropout: probability, .. } = self.settings;
        let projected = self.projection.forward(x, Activation::Identity, mode)?;
        let factors = match mode {
            Mode::Train(_) if probability > 0.0 => {
                let ones = Tensor::ones((rows, heads, length, length), x.dtype(), x.device())?;
                Some(dropout(&ones, probability, mode)?)
            }
            _ => None,
        };
        let keys = mask.map(|mask| mask.positions(length)).transpose()?;
        let projected = reshape(&projected, (rows, length, 3 * width))?;
        let means = attend(&projected, heads, causal, keys, factors.as_ref())?;
        Ok(reshape(&self.output.forward(&means, Activation::Identity, mode)?, (rows, length, width))?)
    }

    /// Adds attention to a graph of ONNX.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    pub fn onnx_attend(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let &[length, width] = x.axes() else {
            return Err(Error::Component("attention takes one input of [length, width]".to_owned()));
        };
        let heads = self.settings.heads.max(1);
        let size = width / heads;
        let projected = self.projection.onnx(graph, x, Activation::Identity)?;
        let mut part = |place: usize, order: [usize; 3]| {
            let part = graph.slice(&projected, 1, place * width, (place + 1) * width);
            let part = graph.reshape(&part, &[length, heads, size]);
            graph.transpose(&part, &order)
        };
        let (queries, keys, values) = (part(0, [1, 0, 2]), part(1, [1, 2, 0]), part(2, [1, 0, 2]));
        let scores = graph.matmul(&queries, &keys);
        let mut scores = graph.with_number("Div", &scores, (size as f64).sqrt());
        if self.settings.causal {
            let later =
                (0..length).flat_map(|from| (0..length).map(move |to| if to > from { f64::NEG_INFINITY } else { 0.0 }));
            let later = graph.numbers(&later.collect::<Vec<_>>(), &[length, length]);
            scores = graph.binary("Add", &scores, &later);
        }
        let shares = Activation::Softmax.onnx(graph, &scores);
        let means = graph.matmul(&shares, &values);
        let means = graph.transpose(&means, &[1, 0, 2]);
        let means = graph.reshape(&means, &[length, width]);
        self.output.onnx(graph, &means, Activation::Identity)
    }
}

impl Layer for Attention {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.attend(only(inputs)?, None, mode)
    }

    fn takes_any_length(&self) -> bool {
        true
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.attend(&mask.zero(x)?, Some(mask), mode)?, Some(mask.by_position(x.dim(1)?)?)))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let mut parameters = self.projection.parameters("in_proj_");
        parameters.extend(self.output.parameters("out_proj."));
        parameters
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        self.onnx_attend(graph, only_value(inputs)?)
    }
}
