//! Where a graph reads columns.

use candle_core::Tensor;

use crate::Result;
use crate::graph::mask::Mask;

/// Where a graph gets the columns of a batch from.
pub trait ColumnSource {
    /// The column of an input for the rows of one role, as `[rows, shape..]`.
    ///
    /// # Errors
    /// When there is no such column.
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor>;

    /// Where the column has values and not padding; none where it has no padding, as unless it is told otherwise.
    ///
    /// # Errors
    /// When there is no such column.
    fn mask(&self, input: usize, role: usize, key: &str) -> Result<Option<Mask>> {
        let _ = (input, role, key);
        Ok(None)
    }

    /// How many roles the rows of an input have.
    fn roles(&self, input: usize) -> usize;

    /// What the rows of an input in a role weigh; none where all weigh 1, as unless it is told otherwise.
    fn weights(&self, input: usize, role: usize) -> Option<&[f64]> {
        let _ = (input, role);
        None
    }
}
