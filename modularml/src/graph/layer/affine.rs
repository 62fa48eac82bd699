//! The map that linear layers are made of.

use candle_core::{Tensor, Var};

use super::init::Initial;
use super::{Activation, Mode};
use crate::Result;
use crate::graph::autograd::reshape;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// y = x Wᵀ + b, with W as `(outputs, inputs)`.
#[derive(Debug)]
pub(super) struct Affine {
    weight: Var,
    bias: Option<Var>,
}

impl Affine {
    /// A map with drawn weights and biases.
    pub fn new(inputs: usize, outputs: usize, has_bias: bool, initial: &mut Initial<'_>) -> Result<Self> {
        let weight = initial.weight(&[outputs, inputs])?;
        let bias = if has_bias { Some(initial.bias(outputs, inputs)?) } else { None };
        Ok(Self { weight, bias })
    }

    /// `[rows, inputs]` to `[rows, outputs]`, with a function of the result.
    pub fn forward(&self, x: &Tensor, activation: Activation, mode: &Mode) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(|bias| mode.parameter(bias)).transpose()?;
        activation.of_map(x, &mode.parameter(&self.weight)?, bias.as_ref())
    }

    /// `weight` and `bias` behind a prefix.
    pub fn parameters(&self, prefix: &str) -> Vec<(String, Var)> {
        let bias = self.bias.iter().map(|bias| (format!("{prefix}bias"), bias.clone()));
        std::iter::once((format!("{prefix}weight"), self.weight.clone())).chain(bias).collect()
    }

    /// Adds the map of the last axis to a graph of ONNX.
    pub fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue, activation: Activation) -> Result<OnnxValue> {
        let y = onnx_map(graph, x, &self.weight, self.bias.as_deref())?;
        Ok(activation.onnx(graph, &y))
    }
}

/// Adds a map of the last axis by a weight of `[outputs, inputs]` to a graph of ONNX.
pub(super) fn onnx_map(
    graph: &mut OnnxGraph,
    x: &OnnxValue,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<OnnxValue> {
    let weight = graph.tensor(&weight.t()?)?;
    let y = graph.matmul(x, &weight);
    let Some(bias) = bias else { return Ok(y) };
    let bias = graph.tensor(bias)?;
    Ok(graph.binary("Add", &y, &bias))
}

/// [`flat`] in a graph of ONNX.
pub(super) fn onnx_flat(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    graph.reshape(x, &[x.width()])
}

/// A batch as `[rows, numbers]`.
pub(super) fn flat(x: &Tensor) -> candle_core::Result<Tensor> {
    match x.rank() {
        0 | 1 => reshape(x, (x.elem_count(), 1)),
        2 => Ok(x.clone()),
        _ => reshape(x, (x.dim(0)?, x.dims().iter().skip(1).product::<usize>())),
    }
}

/// A batch of `[rows, numbers]` as `[rows, shape..]`.
pub(super) fn unflat(x: &Tensor, shape: &Shape) -> candle_core::Result<Tensor> {
    let rows = x.dim(0)?;
    let dims: Vec<usize> = std::iter::once(rows).chain(shape.axes().iter().copied()).collect();
    if x.dims() == dims { Ok(x.clone()) } else { reshape(x, dims) }
}
