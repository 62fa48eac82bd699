//! The map that linear layers are made of.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::Mode;
use crate::data::Shape;
use crate::graph::product::product;
use crate::random::Rng;

/// y = x Wᵀ + b, with W as `(outputs, inputs)`.
#[derive(Debug)]
pub(super) struct Affine {
    weight: Var,
    bias: Option<Var>,
}

impl Affine {
    /// Weights and biases drawn uniformly from ±1 / sqrt(inputs), as PyTorch's `Linear` does.
    pub fn new(inputs: usize, outputs: usize, has_bias: bool, dtype: DType, rng: &mut Rng) -> Result<Self> {
        let weight = uniform(&[outputs, inputs], inputs, dtype, rng)?;
        let bias = if has_bias { Some(uniform(&[outputs], inputs, dtype, rng)?) } else { None };
        Ok(Self { weight, bias })
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let y = product(x, &mode.parameter(&self.weight))?;
        match &self.bias {
            Some(bias) => y.broadcast_add(&mode.parameter(bias)),
            None => Ok(y),
        }
    }

    /// `weight` and `bias` behind a prefix.
    pub fn parameters(&self, prefix: &str) -> Vec<(String, Var)> {
        let bias = self.bias.iter().map(|bias| (format!("{prefix}bias"), bias.clone()));
        std::iter::once((format!("{prefix}weight"), self.weight.clone())).chain(bias).collect()
    }
}

/// A parameter drawn uniformly from ±1 / sqrt(`inputs`), where so many numbers are summed up.
pub(super) fn uniform(dims: &[usize], inputs: usize, dtype: DType, rng: &mut Rng) -> Result<Var> {
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    let bound = 1.0 / (inputs.max(1) as f64).sqrt();
    let values: Vec<f64> = (0..dims.iter().product()).map(|_| (2.0 * rng.unit() - 1.0) * bound).collect();
    Var::from_tensor(&Tensor::from_vec(values, dims, &Device::Cpu)?.to_dtype(dtype)?)
}

/// A batch as `[rows, numbers]`.
pub(super) fn flat(x: &Tensor) -> Result<Tensor> {
    match x.rank() {
        0 | 1 => x.reshape(((), 1)),
        2 => Ok(x.clone()),
        _ => x.flatten_from(1),
    }
}

/// A batch of `[rows, numbers]` as `[rows, shape..]`.
pub(super) fn unflat(x: &Tensor, shape: &Shape) -> Result<Tensor> {
    let rows = x.dim(0)?;
    let dims: Vec<usize> = std::iter::once(rows).chain(shape.axes().iter().copied()).collect();
    x.reshape(dims)
}
