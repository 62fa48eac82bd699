//! Numbers as yes and no.

use super::rows::refuse;
use super::values::width;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Replaces values above a threshold by 1 and all others by 0.
///
/// It learns nothing, has no inverse, and refuses NaN. As scikit-learn's `Binarizer`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(inverts = false)]
pub struct Binarizer {
    /// The largest value that becomes 0.
    #[setting(default = 0.0)]
    threshold: f64,
}

impl Scaler for Binarizer {
    type Fitted = FittedBinarizer;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedBinarizer> {
        self.restore(&[], rows.shape())
    }

    fn restore(&self, _: &[Vec<f64>], shape: Shape) -> Result<FittedBinarizer> {
        Ok(FittedBinarizer { threshold: self.threshold, width: width(shape)? })
    }
}

/// A threshold, for rows of one width.
#[derive(Clone, Copy, Debug)]
pub struct FittedBinarizer {
    threshold: f64,
    width: usize,
}

impl FittedScaler for FittedBinarizer {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        refuse(0, values, self.width, "a number", f64::is_nan)?;
        for value in values.iter_mut() {
            *value = if *value > self.threshold { 1.0 } else { 0.0 };
        }
        Ok(())
    }

    fn inverse(&self, _: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        Err(super::no_inverse())
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let above = graph.compare_number("Greater", x, self.threshold);
        let above = graph.cast(&above, x.element());
        let missing = graph.is_nan(x);
        Ok(graph.choose(&missing, x, &above))
    }
}
