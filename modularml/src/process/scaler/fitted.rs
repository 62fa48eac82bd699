//! A scaler that has learned.

use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// A scaler that has learned from data. Values are whole rows of the shape that it was fitted to, row after row.
pub trait FittedScaler: Send + Sync + std::fmt::Debug {
    /// The shape of what a row of shape `given` becomes: the same, unless the scaler says otherwise.
    fn shape(&self, given: Shape) -> Shape {
        given
    }

    /// Transforms values; what a row becomes depends on that row alone.
    ///
    /// # Errors
    /// When a value cannot be transformed.
    fn transform(&self, values: &mut Vec<f64>) -> Result<()>;

    /// Brings transformed values back. `before` is what the scaler was given for the same rows where
    /// [`needs_sample`](Self::needs_sample) says yes, and empty otherwise.
    ///
    /// # Errors
    /// When the scaler has no inverse.
    fn inverse(&self, values: &mut Vec<f64>, before: &[f64]) -> Result<()>;

    /// Whether the inverse needs what the scaler was given for the very sample.
    fn needs_sample(&self) -> bool {
        false
    }

    /// What was learned, for saving; lists of at least one number.
    fn state(&self) -> Vec<Vec<f64>> {
        Vec::new()
    }

    /// Adds what [`transform`](Self::transform) does to a graph of ONNX, of values of the shape that it was fitted to, in f64.
    ///
    /// # Errors
    /// When the scaler tells no operators, as it does unless it says otherwise.
    fn onnx(&self, graph: &mut OnnxGraph, values: &OnnxValue) -> Result<OnnxValue> {
        let _ = (graph, values);
        Err(no_operators("FittedScaler::onnx"))
    }

    /// Adds what [`inverse`](Self::inverse) does to a graph of ONNX, where it needs no sample.
    ///
    /// # Errors
    /// When the scaler has no inverse, or tells no operators of it, as it does unless it says otherwise.
    fn onnx_inverse(&self, graph: &mut OnnxGraph, values: &OnnxValue) -> Result<OnnxValue> {
        let _ = (graph, values);
        Err(no_operators("FittedScaler::onnx_inverse"))
    }
}

fn no_operators(method: &str) -> Error {
    Error::Component(format!("it tells no operators of ONNX; a scaler of one's own tells them in `{method}`"))
}

/// What a scaler says that gives rows another shape, which no node reads.
pub(super) fn reshapes() -> Error {
    Error::Component("it gives rows another shape, which no node reads, and tells no operators of ONNX".to_owned())
}
