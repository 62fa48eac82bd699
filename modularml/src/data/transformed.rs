//! The second form of a column: computed for all rows, or for those that are read.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;

use super::{ColumnSpec, RowTransform};
use crate::text::Shape;
use crate::{Error, Result};

/// The second form of a column, in f64, as scalers compute.
#[derive(Clone, Debug)]
pub(super) struct Transformed {
    /// The shape of one row's value.
    pub(super) shape: Shape,
    pub(super) values: TransformedValues,
}

#[derive(Clone, Debug)]
pub(super) enum TransformedValues {
    /// Those of every row.
    Computed(ScalarBuffer<f64>),
    /// Those of the rows that are read, each time: the raw values are in a file that may be larger than memory.
    OnRead(Arc<dyn RowTransform>),
}

impl Transformed {
    pub(super) fn computed(shape: Shape, values: ScalarBuffer<f64>) -> Self {
        Self { shape, values: TransformedValues::Computed(values) }
    }

    pub(super) fn on_read(transform: &Arc<dyn RowTransform>) -> Self {
        Self { shape: transform.shape(), values: TransformedValues::OnRead(Arc::clone(transform)) }
    }

    /// Refuses another number of values than so many rows have.
    pub(super) fn check_rows(&self, spec: &ColumnSpec, rows: usize) -> Result<()> {
        let TransformedValues::Computed(values) = &self.values else { return Ok(()) };
        refuse_other_length(spec, self.shape, rows, values.len())
    }

    /// Transforms the raw values of so many rows.
    pub(super) fn apply(
        &self,
        spec: &ColumnSpec,
        transform: &dyn RowTransform,
        rows: usize,
        raw: Vec<f64>,
    ) -> Result<Vec<f64>> {
        let values = transform.apply(raw)?;
        refuse_other_length(spec, self.shape, rows, values.len())?;
        Ok(values)
    }
}

fn refuse_other_length(spec: &ColumnSpec, shape: Shape, rows: usize, found: usize) -> Result<()> {
    if shape.elements().and_then(|width| width.checked_mul(rows)) == Some(found) {
        return Ok(());
    }
    let key = spec.key;
    Err(Error::Data(format!(
        "{found} transformed values for column `{key}`, which are not {rows} rows of shape {shape}"
    )))
}

/// Puts 0 behind the end of each sequence, in values of rows of a shape.
pub(super) fn clear_padding(values: &mut [f64], shape: Shape, lengths: impl IntoIterator<Item = usize>) {
    let (width, step) = (shape.elements().unwrap_or(1).max(1), shape.without_first().elements().unwrap_or(1));
    for (row, length) in values.chunks_mut(width).zip(lengths) {
        if let Some(padding) = row.get_mut(length * step..) {
            padding.fill(0.0);
        }
    }
}

/// Equality of bits, as of raw values; forms that are computed on reading are equal when the same object makes them.
impl PartialEq for Transformed {
    fn eq(&self, other: &Self) -> bool {
        let same_values = match (&self.values, &other.values) {
            (TransformedValues::Computed(a), TransformedValues::Computed(b)) => a.inner() == b.inner(),
            (TransformedValues::OnRead(a), TransformedValues::OnRead(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        self.shape == other.shape && same_values
    }
}
