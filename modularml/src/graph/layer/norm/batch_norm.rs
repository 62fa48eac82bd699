//! Batch normalization.

#[cfg(test)]
mod tests;

use candle_core::{DType, Device, Tensor, Var};

use super::{ScaleShift, channels, per_channel};
use crate::graph::kernel::device::{beside, f64s};
use crate::graph::layer::{BuildLayer, Layer, LayerBuild, Learns, Mode, ShapeRule, only};
use crate::graph::normalize::{moments, normalize};
use crate::{Error, Result};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias for each channel by itself (Ioffe and Szegedy, 2015).
///
/// In training mean and variance are those of the batch, over all rows and positions, and running values follow them;
/// else the running ones are used. The running variance is the unbiased one, divided by the count less 1, as in
/// PyTorch. The running values are saved with the weights, but no optimizer changes them. A batch with a single value a
/// channel has no variance and is an error in training.
///
/// The input is `[channels, ..]` or a vector, each of whose elements is then a channel; the output has the same shape.
///
/// ```
/// use modularml::graph::layer::BatchNorm;
///
/// let norm = BatchNorm::new().momentum(0.01);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 1 }, learns = if self.no_affine { Learns::Nothing } else { Learns::BySteps })]
pub struct BatchNorm {
    /// The share of a new batch in the running values.
    #[setting(default = 0.1, at_least = 0.0, at_most = 1.0)]
    momentum: f64,
    /// The running values are plain means over all batches so far, whatever the momentum.
    #[setting(default = false)]
    cumulative: bool,
    /// What is added to the variance.
    #[setting(default = 1e-5, above = 0.0, below = 1e9)]
    epsilon: f64,
    /// Neither weight nor bias follow.
    #[setting(default = false)]
    no_affine: bool,
    /// Mean and variance are always those of the batch, and no running values are kept.
    #[setting(default = false)]
    always_of_batch: bool,
}

impl BuildLayer for BatchNorm {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let channels = channels(build.inputs.first())?;
        let after = ScaleShift::new(&[channels], !self.no_affine, !self.no_affine, &build)?;
        let statistics = if self.always_of_batch { None } else { Some(Statistics::new(channels, &build)?) };
        Ok(Box::new(Running { norm: *self, channels, after, statistics }))
    }
}

struct Running {
    norm: BatchNorm,
    channels: usize,
    after: ScaleShift,
    statistics: Option<Statistics>,
}

/// The running values.
struct Statistics {
    mean: Var,
    variance: Var,
    batches: Var,
}

impl Statistics {
    fn new(channels: usize, build: &LayerBuild) -> candle_core::Result<Self> {
        let (dtype, device) = (build.computes_in(), &build.device);
        Ok(Self {
            mean: Var::zeros(channels, dtype, device)?,
            variance: Var::ones(channels, dtype, device)?,
            // A count, which is read in every step: it stays here, and not every device has numbers of 64 bits.
            batches: Var::zeros((), DType::F64, &Device::Cpu)?,
        })
    }

    /// Follows a batch of `[channels, values]`. Everything is computed in f64 and rounded once, as PyTorch does: values far
    /// from 0 that differ little would drift otherwise.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn follow(&self, values: &Tensor, norm: &BatchNorm) -> candle_core::Result<()> {
        let batches = self.batches.to_scalar::<f64>()? + 1.0;
        let share = if norm.cumulative { 1.0 / batches } else { norm.momentum };
        let towards = |running: &Var, new: &mut dyn Iterator<Item = f64>| {
            let kept = f64s(running.as_tensor())?;
            let followed: Vec<f64> =
                kept.iter().zip(new).map(|(kept, new)| share * new + (1.0 - share) * kept).collect();
            let channels = followed.len();
            running.set(&beside(running.as_tensor(), &Tensor::from_vec(followed, channels, &Device::Cpu)?)?)
        };
        let count = values.dim(1)?;
        let numbers = f64s(values)?;
        let moments: Vec<(f64, f64)> = numbers.chunks_exact(count.max(1)).map(moments).collect();
        let unbiased = count as f64 / (count as f64 - 1.0);
        towards(&self.mean, &mut moments.iter().map(|(mean, _)| *mean))?;
        towards(&self.variance, &mut moments.iter().map(|(_, variance)| variance * unbiased))?;
        self.batches.set(&Tensor::new(batches, &Device::Cpu)?)
    }
}

impl Running {
    /// Normalizes by the batch itself.
    fn by_batch(&self, x: &Tensor, follows: bool) -> Result<Tensor> {
        let by_channel = x.transpose(0, 1)?.contiguous()?;
        let values = x.elem_count() / self.channels.max(1);
        if values < 2 {
            return Err(Error::Component(format!(
                "BatchNorm needs two values a channel or more to take their variance, found a batch of {} row; make \
                 batches larger, leave a short last batch out, or use LayerNorm or GroupNorm",
                x.dim(0)?
            )));
        }
        if let Some(running) = self.statistics.as_ref().filter(|_| follows) {
            running.follow(&by_channel.detach().reshape((self.channels, values))?, &self.norm)?;
        }
        Ok(normalize(&by_channel, values, self.norm.epsilon)?.transpose(0, 1)?)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let dims = per_channel(self.channels, x.rank());
        let y = match (&self.statistics, &*mode) {
            (Some(running), Mode::Eval | Mode::Frozen) => {
                let deviation = (running.variance.as_detached_tensor() + self.norm.epsilon)?.sqrt()?;
                let centered = x.broadcast_sub(&running.mean.as_detached_tensor().reshape(dims.as_slice())?)?;
                centered.broadcast_div(&deviation.reshape(dims.as_slice())?)?
            }
            (_, Mode::Train(_)) => self.by_batch(x, true)?,
            (None, _) => self.by_batch(x, false)?,
        };
        Ok(self.after.apply(y, &dims, mode)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.after.parameters()
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        let running = self.statistics.iter().flat_map(|running| {
            [
                ("running_mean", &running.mean),
                ("running_var", &running.variance),
                ("num_batches_tracked", &running.batches),
            ]
        });
        running.map(|(name, var)| (name.to_owned(), var.clone())).collect()
    }
}
