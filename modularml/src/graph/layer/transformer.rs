//! The encoder block of a transformer.

use candle_core::{Tensor, Var};

use super::affine::Affine;
use super::attention::{Attention, MultiHeadAttention, width_of};
use super::dropout::dropout;
use super::init::{Init, Initial};
use super::norm::{LayerNorm, RunningLayerNorm};
use super::{Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::Result;
use crate::error::At as _;
use crate::graph::autograd::reshape;
use crate::graph::kernel::sum;
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};

/// One encoder block of a transformer (Vaswani et al., 2017): self-attention and a net of two linear maps at each
/// position, each added to its input.
///
/// With a the [`MultiHeadAttention`], f(x) = V activation(W x + b) + c and n a [`LayerNorm`], the block gives
/// y = n(x + a(x)), then n(y + f(y)); with `pre_norm` y = x + a(n(x)), then y + f(n(y)), which trains without a warm-up
/// (Xiong et al., 2020). Input and output are `[length, width]`. Parameters are named as those of PyTorch's
/// `TransformerEncoderLayer`. Several blocks are a [`Sequential`](super::Sequential) of them.
///
/// ```
/// use modularml::graph::TransformerEncoder;
///
/// let block = TransformerEncoder::heads(4).feed_forward(128).dropout(0.1).pre_norm();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Attention { heads: self.heads }, learns = Learns::BySteps, padding = OnPadding::Masks)]
pub struct TransformerEncoder {
    /// Into how many heads the width falls, which they divide.
    #[setting(first, at_least = 1)]
    heads: usize,
    /// How many numbers W x holds; four times the width when not given.
    #[setting(default = None, at_least = 1)]
    feed_forward: Option<usize>,
    /// The function between the two linear maps.
    #[setting(default = Activation::Relu)]
    activation: Activation,
    /// The probability that a number is set to zero in training: of the weights of attention, behind the activation, and
    /// of what is added to each input.
    #[setting(default = 0.0, at_least = 0.0, below = 1.0)]
    dropout: f64,
    /// The norms stand before attention and net, not behind the sums.
    #[setting(default = false)]
    pre_norm: bool,
    /// No position sees those behind it.
    #[setting(default = false)]
    causal: bool,
    /// What the norms add to the variance.
    #[setting(default = 1e-5, above = 0.0, below = 1e9)]
    epsilon: f64,
    /// How the initial weights are drawn.
    #[setting(default = Init::XavierUniform)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for TransformerEncoder {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let width = width_of(&build)?;
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let attention = MultiHeadAttention::heads(self.heads).dropout(self.dropout);
        let attention = if self.causal { attention.causal() } else { attention }.attention(width, &mut initial)?;
        let hidden = self.feed_forward.unwrap_or(width.saturating_mul(4));
        let mut map = |inputs, outputs| Affine::new(inputs, outputs, true, &mut initial);
        let place = || "initial weights".to_owned();
        let (inner, outer) = (map(width, hidden).at(place)?, map(hidden, width).at(place)?);
        let norm = || LayerNorm::new().epsilon(self.epsilon).over(&[width], &build);
        Ok(Box::new(Running { block: *self, attention, inner, outer, norms: [norm()?, norm()?] }))
    }
}

struct Running {
    block: TransformerEncoder,
    attention: Attention,
    inner: Affine,
    outer: Affine,
    norms: [RunningLayerNorm; 2],
}

impl Running {
    /// The block; no position attends to one that `mask` says is padding.
    fn encode(&self, x: &Tensor, mask: Option<&Mask>, mode: &mut Mode) -> Result<Tensor> {
        let [first, second] = &self.norms;
        let x = self.add(first, x, mode, |x, mode| self.attention.attend(x, mask, mode))?;
        self.add(second, &x, mode, |x, mode| self.feed_forward(x, mode))
    }

    /// The linear maps with their activation, at each position by itself.
    fn feed_forward(&self, x: &Tensor, mode: &mut Mode) -> Result<Tensor> {
        let hidden = self.inner.forward(x, self.block.activation, mode)?;
        let hidden = dropout(&hidden, self.block.dropout, mode)?;
        Ok(reshape(&self.outer.forward(&hidden, Activation::Identity, mode)?, x.dims())?)
    }

    /// `x` with what a part of the block makes of it added, normalized before or behind.
    fn add(
        &self,
        norm: &RunningLayerNorm,
        x: &Tensor,
        mode: &mut Mode,
        part: impl Fn(&Tensor, &mut Mode) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let read = if self.block.pre_norm { norm.apply(x, mode)? } else { x.clone() };
        let sum = sum(x, &dropout(&part(&read, mode)?, self.block.dropout, mode)?)?;
        if self.block.pre_norm { Ok(sum) } else { norm.apply(&sum, mode) }
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.encode(only(inputs)?, None, mode)
    }

    fn takes_any_length(&self) -> bool {
        true
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.encode(&mask.zero(x)?, Some(mask), mode)?, Some(mask.by_position(x.dim(1)?)?)))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let [first, second] = &self.norms;
        let parts = [("self_attn.", self.attention.parameters()), ("norm1.", first.parameters())];
        let parts = parts.into_iter().chain([("norm2.", second.parameters())]);
        let named = parts.flat_map(|(part, parameters)| {
            parameters.into_iter().map(move |(name, parameter)| (format!("{part}{name}"), parameter))
        });
        named.chain(self.inner.parameters("linear1.")).chain(self.outer.parameters("linear2.")).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let (block, [first, second]) = (&self.block, &self.norms);
        let read = if block.pre_norm { first.onnx_apply(graph, x)? } else { x.clone() };
        let attended = self.attention.onnx_attend(graph, &read)?;
        let mut x = graph.binary("Add", x, &attended);
        if !block.pre_norm {
            x = first.onnx_apply(graph, &x)?;
        }
        let read = if block.pre_norm { second.onnx_apply(graph, &x)? } else { x.clone() };
        let hidden = self.inner.onnx(graph, &read, block.activation)?;
        let fed = self.outer.onnx(graph, &hidden, Activation::Identity)?;
        let sum = graph.binary("Add", &x, &fed);
        if block.pre_norm { Ok(sum) } else { second.onnx_apply(graph, &sum) }
    }
}
