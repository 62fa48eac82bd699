//! A second form of a column, computed from its raw values.

use crate::Result;
use crate::text::Shape;

/// Turns the raw values of rows into another form.
///
/// What a row becomes depends on that row alone, so that the form can be computed for all rows at once or for the rows
/// of a batch, with equal results.
pub trait RowTransform: Send + Sync + std::fmt::Debug {
    /// The shape of what one row becomes.
    fn shape(&self) -> Shape;

    /// Whether the raw values may be categories: classes, given by their numbers, and truth values.
    fn encodes(&self) -> bool {
        false
    }

    /// What whole rows of raw values become, row after row.
    ///
    /// # Errors
    /// When the values are not whole rows, or cannot be transformed.
    fn apply(&self, values: Vec<f64>) -> Result<Vec<f64>>;
}
