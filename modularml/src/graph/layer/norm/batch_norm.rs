//! Batch normalization.

#[cfg(test)]
mod tests;

use candle_core::{DType, Device, Tensor, Var};

use super::{ScaleShift, channels, inner, normalize_values, per_channel};
use crate::graph::kernel::device::{beside, f64s};
use crate::graph::layer::{
    BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded,
};
use crate::graph::mask::{Mask, Masked};
use crate::graph::normalize::{moments, normalize};
use crate::onnx::{OnnxGraph, OnnxValue};
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
#[spec(shape = ShapeRule::Same { least_axes: 1 }, learns = if self.no_affine { Learns::Nothing } else { Learns::BySteps }, batch_statistics = true, padding = OnPadding::Masks)]
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

/// What a channel of a batch has of values.
struct Moments {
    mean: f64,
    variance: f64,
    count: f64,
}

impl Moments {
    /// Those of `[channels, values]`.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(values: &Tensor) -> candle_core::Result<Vec<Self>> {
        let count = values.dim(1)?;
        let of_line = |line: &[f64]| {
            let (mean, variance) = moments(line);
            Self { mean, variance, count: count as f64 }
        };
        Ok(f64s(values)?.chunks_exact(count.max(1)).map(of_line).collect())
    }
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

    /// Follows the moments of a batch, one a channel. Everything is computed in f64 and rounded once, as PyTorch does: values far
    /// from 0 that differ little would drift otherwise.
    fn follow(&self, batch: &[Moments], norm: &BatchNorm) -> candle_core::Result<()> {
        let batches = self.batches.to_scalar::<f64>()? + 1.0;
        let share = if norm.cumulative { 1.0 / batches } else { norm.momentum };
        let towards = |running: &Var, new: &dyn Fn(&Moments) -> Option<f64>| {
            let kept = f64s(running.as_tensor())?;
            let follow = |(kept, moments): (&f64, &Moments)| {
                new(moments).map_or(*kept, |new| share * new + (1.0 - share) * kept)
            };
            let followed: Vec<f64> = kept.iter().zip(batch).map(follow).collect();
            let channels = followed.len();
            running.set(&beside(running.as_tensor(), &Tensor::from_vec(followed, channels, &Device::Cpu)?)?)
        };
        // A channel of a single value tells no variance, so its running values stay.
        let told = |moments: &&Moments| moments.count > 1.0;
        let unbiased = |moments: &Moments| moments.variance * moments.count / (moments.count - 1.0);
        towards(&self.mean, &|moments| Some(moments).filter(told).map(|moments| moments.mean))?;
        towards(&self.variance, &|moments| Some(moments).filter(told).map(unbiased))?;
        self.batches.set(&Tensor::new(batches, &Device::Cpu)?)
    }
}

impl Running {
    /// Normalizes by the values of the batch itself.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn by_batch(&self, x: &Tensor, mask: Option<&Mask>, follows: bool) -> Result<Tensor> {
        let by_channel = x.transpose(0, 1)?.contiguous()?;
        let running = self.statistics.as_ref().filter(|_| follows);
        let count = x.elem_count() / self.channels.max(1);
        let lines = by_channel.reshape((self.channels, count))?;
        let (y, moments) = if let Some(mask) = mask {
            let mask = mask.of_each(x.dims())?.transpose(0, 1)?.contiguous()?.reshape((self.channels, count))?;
            let (y, [means, variances, counts]) = normalize_values(&lines, &mask, self.norm.epsilon)?;
            let [means, variances, counts] = [f64s(&means.detach())?, f64s(&variances.detach())?, f64s(&counts)?];
            let all = means.into_iter().zip(variances).zip(counts);
            let moments = all.map(|((mean, variance), count)| Moments { mean, variance, count }).collect();
            (y.reshape(by_channel.dims())?, moments)
        } else {
            let moments = if running.is_some() {
                Moments::of(&lines.detach())?
            } else {
                vec![Moments { mean: 0.0, variance: 0.0, count: count as f64 }]
            };
            (normalize(&by_channel, count, self.norm.epsilon)?, moments)
        };
        if moments.iter().all(|moments| moments.count < 2.0) {
            return Err(Error::Component(format!(
                "BatchNorm needs two values a channel or more to take their variance, found a batch of {} row; make \
                 batches larger, leave a short last batch out, or use LayerNorm or GroupNorm",
                x.dim(0)?
            )));
        }
        if let Some(running) = running {
            running.follow(&moments, &self.norm)?;
        }
        Ok(y.transpose(0, 1)?)
    }

    fn normalize(&self, x: &Tensor, mask: Option<&Mask>, mode: &Mode) -> Result<Tensor> {
        let dims = per_channel(self.channels, x.rank());
        let y = match (&self.statistics, mode) {
            (Some(running), Mode::Eval | Mode::Frozen) => {
                let deviation = (running.variance.as_detached_tensor() + self.norm.epsilon)?.sqrt()?;
                let centered = x.broadcast_sub(&running.mean.as_detached_tensor().reshape(dims.as_slice())?)?;
                centered.broadcast_div(&deviation.reshape(dims.as_slice())?)?
            }
            (_, Mode::Train(_)) => self.by_batch(x, mask, true)?,
            (None, _) => self.by_batch(x, mask, false)?,
        };
        Ok(self.after.apply(y, inner(x), mode)?)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.normalize(only(inputs)?, None, mode)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.normalize(x, Some(mask), mode)?, Some(mask.clone())))
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

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let Some(running) = &self.statistics else {
            let problem = "it takes the statistics of the batch that it reads, and what it makes of a row depends on the \
                           others; leave always_of_batch out";
            return Err(Error::Component(problem.to_owned()));
        };
        let dims = per_channel(self.channels, x.axes().len() + 1);
        let deviation = (running.variance.as_detached_tensor() + self.norm.epsilon)?.sqrt()?;
        let mean = graph.tensor(&running.mean.as_detached_tensor().reshape(dims.as_slice())?)?;
        let deviation = graph.tensor(&deviation.reshape(dims.as_slice())?)?;
        let centred = graph.binary("Sub", x, &mean);
        let y = graph.binary("Div", &centred, &deviation);
        self.after.onnx(graph, &y, &dims)
    }
}
