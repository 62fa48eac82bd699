//! The map that linear layers are made of.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::Mode;
use crate::data::Shape;
use crate::random::Rng;

/// y = x Wᵀ + b, with W as `(outputs, inputs)`.
#[derive(Debug)]
pub(super) struct Affine {
    weight: Var,
    bias: Var,
}

impl Affine {
    /// Weights and biases drawn uniformly from ±1 / sqrt(inputs), as PyTorch's `Linear` does.
    pub fn new(inputs: usize, outputs: usize, dtype: DType, rng: &mut Rng) -> Result<Self> {
        #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
        let bound = 1.0 / (inputs.max(1) as f64).sqrt();
        let mut draw = |count: usize| -> Vec<f64> { (0..count).map(|_| (2.0 * rng.unit() - 1.0) * bound).collect() };
        let weight = Tensor::from_vec(draw(outputs * inputs), (outputs, inputs), &Device::Cpu)?;
        let bias = Tensor::from_vec(draw(outputs), outputs, &Device::Cpu)?;
        Ok(Self {
            weight: Var::from_tensor(&weight.to_dtype(dtype)?)?,
            bias: Var::from_tensor(&bias.to_dtype(dtype)?)?,
        })
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        x.matmul(&mode.parameter(&self.weight).t()?)?.broadcast_add(&mode.parameter(&self.bias))
    }

    /// `<position>.weight` and `<position>.bias`.
    pub fn parameters(&self, position: usize) -> [(String, Var); 2] {
        [(format!("{position}.weight"), self.weight.clone()), (format!("{position}.bias"), self.bias.clone())]
    }
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
