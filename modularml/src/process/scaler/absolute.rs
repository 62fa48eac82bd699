//! Absolute values.

use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Replaces each value by its size.
///
/// To bring a value back, its sign is taken from the raw value of the same sample: see
/// [`FittedChain::inverse`](super::FittedChain::inverse). NaN stays NaN.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Absolute;

impl Scaler for Absolute {
    type Fitted = Self;

    fn fit(&self, _: &TrainingRows<'_>) -> Result<Self> {
        Ok(*self)
    }

    fn restore(&self, _: &[Vec<f64>], _: Shape) -> Result<Self> {
        Ok(*self)
    }
}

impl FittedScaler for Absolute {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        for value in values.iter_mut() {
            *value = value.abs();
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, before: &[f64]) -> Result<()> {
        for (value, before) in values.iter_mut().zip(before) {
            // The sign of 0 is 0, as in the size that it had.
            *value *= if *before == 0.0 { 0.0 } else { before.signum() };
        }
        Ok(())
    }

    fn needs_sample(&self) -> bool {
        true
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(graph.unary("Abs", x))
    }
}
