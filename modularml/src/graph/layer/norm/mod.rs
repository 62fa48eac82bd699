//! Layers that bring their input to mean 0 and variance 1.

mod batch_norm;
mod group_norm;
mod layer_norm;

use candle_core::{DType, Tensor, Var};

pub use batch_norm::BatchNorm;
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub(super) use layer_norm::RunningLayerNorm;

use super::{LayerBuild, Mode};
use crate::graph::kernel::scale_shift;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// What stands after normalization: y * weight + bias, weight 1 and bias 0 at first.
struct ScaleShift {
    weight: Option<Var>,
    bias: Option<Var>,
}

impl ScaleShift {
    fn new(dims: &[usize], has_weight: bool, has_bias: bool, build: &LayerBuild) -> candle_core::Result<Self> {
        let (dtype, device) = (build.dtype, &build.device);
        let weight = if has_weight { Some(Var::ones(dims, dtype, device)?) } else { None };
        let bias = if has_bias { Some(Var::zeros(dims, dtype, device)?) } else { None };
        Ok(Self { weight, bias })
    }

    /// Each parameter is that of `inner` numbers of `y` that follow one another.
    fn apply(&self, y: Tensor, inner: usize, mode: &Mode) -> candle_core::Result<Tensor> {
        let Some(weight) = &self.weight else { return Ok(y) };
        let bias = self.bias.as_ref().map(|bias| mode.parameter(bias)).transpose()?;
        scale_shift(&y, &mode.parameter(weight)?, bias.as_ref(), inner)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let named = [("weight", &self.weight), ("bias", &self.bias)];
        named.into_iter().filter_map(|(name, var)| Some((name.to_owned(), var.clone()?))).collect()
    }

    /// Adds the scale and the shift to a graph of ONNX, with those axes.
    fn onnx(&self, graph: &mut OnnxGraph, y: &OnnxValue, dims: &[usize]) -> Result<OnnxValue> {
        let mut y = y.clone();
        for (operator, parameter) in [("Mul", &self.weight), ("Add", &self.bias)] {
            if let Some(parameter) = parameter {
                let parameter = graph.tensor(&parameter.reshape(dims)?)?;
                y = graph.binary(operator, &y, &parameter);
            }
        }
        Ok(y)
    }
}

/// (x - mean) / sqrt(variance + epsilon) of each line of `[lines, numbers]`, mean and variance being those of the numbers
/// that are not padding; with the mean, the variance and the count of each line.
fn normalize_values(x: &Tensor, mask: &Tensor, epsilon: f64) -> Result<(Tensor, [Tensor; 3])> {
    let dtype = x.dtype();
    // Values far from 0 that differ little would lose their variance in f32; other devices may have no f64.
    let x = &if x.device().is_cpu() { x.to_dtype(DType::F64)? } else { x.clone() };
    let mask = mask.to_device(x.device())?;
    let zeros = x.zeros_like()?;
    let kept = |x: &Tensor| mask.where_cond(x, &zeros);
    let counts = mask.to_dtype(x.dtype())?.sum_keepdim(1)?;
    let divisors = counts.maximum(1.0)?;
    let mean = kept(x)?.sum_keepdim(1)?.broadcast_div(&divisors)?;
    let centered = kept(&x.broadcast_sub(&mean)?)?;
    let variance = centered.sqr()?.sum_keepdim(1)?.broadcast_div(&divisors)?;
    let y = centered.broadcast_div(&(&variance + epsilon)?.sqrt()?)?;
    Ok((y.to_dtype(dtype)?, [mean, variance, counts]))
}

/// How many numbers of a channel follow one another in a batch `[rows, channels, ..]`.
fn inner(x: &Tensor) -> usize {
    x.dims().iter().skip(2).product()
}

/// How many channels an input has: the size of its first axis.
pub(super) fn channels(input: Option<&Shape>) -> Result<usize> {
    match input {
        Some(input) if input.axis(0) > 0 => Ok(input.axis(0)),
        _ => Err(Error::Component("an input of channels is needed: [channels, ..]".to_owned())),
    }
}

/// `[channels, 1, ..]` for a batch of this rank: dimensions that broadcast to `[rows, channels, ..]`.
pub(super) fn per_channel(channels: usize, rank: usize) -> Vec<usize> {
    let mut dims = vec![1; rank.saturating_sub(1).max(1)];
    dims[0] = channels;
    dims
}

/// Mean 0 and variance 1 over axes of a row, in a graph of ONNX.
fn onnx_normalized(graph: &mut OnnxGraph, x: &OnnxValue, over: &[usize], epsilon: f64) -> OnnxValue {
    let mean = graph.reduce("ReduceMean", x, over, true);
    let centred = graph.binary("Sub", x, &mean);
    let squares = graph.binary("Mul", &centred, &centred);
    let variance = graph.reduce("ReduceMean", &squares, over, true);
    let more = graph.with_number("Add", &variance, epsilon);
    let deviation = graph.unary("Sqrt", &more);
    graph.binary("Div", &centred, &deviation)
}
