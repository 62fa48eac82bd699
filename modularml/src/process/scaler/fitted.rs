//! A scaler that has learned.

use crate::Result;
use crate::text::Shape;

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
}
