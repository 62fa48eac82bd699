//! Samples that start at 0.

use super::values::width;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Subtracts the first value of each sample from all of them.
///
/// A sample that starts with NaN becomes NaN. To bring a sample back, its first value is taken from the raw values of
/// the same sample: see [`FittedChain::inverse`](super::FittedChain::inverse).
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(of_sample = true)]
pub struct PerSampleZeroStart;

impl Scaler for PerSampleZeroStart {
    type Fitted = FittedPerSampleZeroStart;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedPerSampleZeroStart> {
        self.restore(&[], rows.shape())
    }

    fn restore(&self, _: &[Vec<f64>], shape: Shape) -> Result<FittedPerSampleZeroStart> {
        Ok(FittedPerSampleZeroStart { width: width(shape)? })
    }
}

/// For rows of one width.
#[derive(Clone, Copy, Debug)]
pub struct FittedPerSampleZeroStart {
    width: usize,
}

impl FittedScaler for FittedPerSampleZeroStart {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        for sample in values.chunks_exact_mut(self.width) {
            let start = sample.first().copied().unwrap_or(0.0);
            for value in sample.iter_mut() {
                *value -= start;
            }
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, before: &[f64]) -> Result<()> {
        for (sample, before) in values.chunks_exact_mut(self.width).zip(before.chunks_exact(self.width)) {
            let start = before.first().copied().unwrap_or(0.0);
            for value in sample.iter_mut() {
                *value += start;
            }
        }
        Ok(())
    }

    fn needs_sample(&self) -> bool {
        true
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let flat = graph.reshape(x, &[self.width]);
        let start = graph.slice(&flat, 0, 0, 1);
        Ok(graph.binary("Sub", &flat, &start))
    }
}
