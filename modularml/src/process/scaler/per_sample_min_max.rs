//! Scaling each sample to a range.

use super::min_max::check_range;
use super::values::width;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Brings the values of each sample to a range, `0..1` unless said otherwise; a sample of equal values becomes `low`.
///
/// NaN is left out and stays NaN. To bring a sample back, its smallest and largest values are taken from the raw values
/// of the same sample: see [`FittedChain::inverse`](super::FittedChain::inverse).
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(of_sample = true)]
pub struct PerSampleMinMax {
    /// What the smallest value of a sample becomes.
    #[setting(default = 0.0)]
    low: f64,
    /// What the largest value of a sample becomes.
    #[setting(default = 1.0)]
    high: f64,
}

impl Scaler for PerSampleMinMax {
    type Fitted = FittedPerSampleMinMax;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedPerSampleMinMax> {
        self.restore(&[], rows.shape())
    }

    fn restore(&self, _: &[Vec<f64>], shape: Shape) -> Result<FittedPerSampleMinMax> {
        check_range(self.low, self.high)?;
        Ok(FittedPerSampleMinMax { settings: *self, width: width(shape)? })
    }
}

/// The range, for rows of one width.
#[derive(Clone, Copy, Debug)]
pub struct FittedPerSampleMinMax {
    settings: PerSampleMinMax,
    width: usize,
}

impl FittedPerSampleMinMax {
    /// The smallest value of a sample, and the range of its values or 1.
    fn range(sample: &[f64]) -> (f64, f64) {
        let low = sample.iter().copied().fold(f64::INFINITY, f64::min);
        let high = sample.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (low, if high > low { high - low } else { 1.0 })
    }
}

impl FittedScaler for FittedPerSampleMinMax {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        let PerSampleMinMax { low, high } = self.settings;
        for sample in values.chunks_exact_mut(self.width) {
            let (min, range) = Self::range(sample);
            for value in sample {
                *value = (*value - min) / range * (high - low) + low;
            }
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, before: &[f64]) -> Result<()> {
        let PerSampleMinMax { low, high } = self.settings;
        for (sample, before) in values.chunks_exact_mut(self.width).zip(before.chunks_exact(self.width)) {
            let (min, range) = Self::range(before);
            for value in sample {
                *value = (*value - low) / (high - low) * range + min;
            }
        }
        Ok(())
    }

    fn needs_sample(&self) -> bool {
        true
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let PerSampleMinMax { low, high } = self.settings;
        let flat = graph.reshape(x, &[self.width]);
        let [least, most] = ["ReduceMin", "ReduceMax"].map(|reduce| graph.reduce(reduce, &flat, &[0], true));
        let range = graph.binary("Sub", &most, &least);
        let differ = graph.compare("Greater", &most, &least);
        let one = graph.constant(x.element(), &[1.0], &[]);
        let range = graph.choose(&differ, &range, &one);
        let above = graph.binary("Sub", &flat, &least);
        let share = graph.binary("Div", &above, &range);
        let wide = graph.with_number("Mul", &share, high - low);
        Ok(graph.with_number("Add", &wide, low))
    }
}
