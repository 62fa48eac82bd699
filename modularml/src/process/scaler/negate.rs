//! Negated values.

use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Changes the sign of each value. NaN stays NaN.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Negate;

impl Scaler for Negate {
    type Fitted = Self;

    fn fit(&self, _: &TrainingRows<'_>) -> Result<Self> {
        Ok(*self)
    }

    fn restore(&self, _: &[Vec<f64>], _: Shape) -> Result<Self> {
        Ok(*self)
    }
}

impl FittedScaler for Negate {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        for value in values.iter_mut() {
            *value = -*value;
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        self.transform(values)
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(graph.unary("Neg", x))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(graph.unary("Neg", x))
    }
}
