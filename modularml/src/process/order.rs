//! Rows in the order of a column.

use crate::data::{Dtype, Numbers, Representation, View};
use crate::{Error, Result};

/// Positions of rows in the order of a column's values, and the values in that order, as integers that compare alike.
pub(super) struct Order {
    pub(super) positions: Vec<u32>,
    values: Vec<i64>,
}

impl Order {
    /// The rows sorted by a column of numbers; equal ones keep their order.
    ///
    /// # Errors
    /// When there is no such column, it holds no numbers, or values are missing.
    pub(super) fn by(splitter: &str, rows: &View, key: &str) -> Result<Self> {
        let values = sortable(splitter, rows, key)?;
        let mut sorted: Vec<(i64, u32)> = values.into_iter().zip(0u32..).collect();
        sorted.sort_unstable();
        Ok(Self {
            positions: sorted.iter().map(|(_, position)| *position).collect(),
            values: sorted.into_iter().map(|(value, _)| value).collect(),
        })
    }

    /// The first row of the run of equal values that the row at a place in the order is in.
    pub(super) fn run_start(&self, place: usize) -> usize {
        let value = self.values.get(place).copied();
        value.map_or(place, |value| self.values.partition_point(|other| *other < value))
    }

    /// The place behind the run of equal values that the row at a place in the order is in.
    pub(super) fn run_end(&self, place: usize) -> usize {
        let value = self.values.get(place).copied();
        value.map_or(place, |value| self.values.partition_point(|other| *other <= value))
    }

    /// The border nearest to a place that parts no equal values.
    pub(super) fn border(&self, place: usize) -> usize {
        let (start, end) = (self.run_start(place), self.run_end(place));
        if start < place && end - place < place - start { end } else { start }
    }
}

fn sortable(splitter: &str, rows: &View, key: &str) -> Result<Vec<i64>> {
    let shape = rows.shape(key)?;
    let dtype = rows.schema().column(key).map_or(Dtype::F64, |column| column.dtype);
    if shape.rank() > 0 || !(dtype.is_integer() || dtype.is_float()) {
        let name = dtype.name();
        return Err(Error::Data(format!(
            "{splitter}: column `{key}` is {name} {shape}; an order needs one number a row"
        )));
    }
    if dtype.is_integer() {
        // Through f64, times in nanoseconds would lose their last digits.
        if let Numbers::I64(values) = rows.array(key, Representation::Raw, Dtype::I64)?.numbers {
            return Ok(values);
        }
    }
    let values = rows.numbers(key, Representation::Raw)?;
    let missing = values.iter().filter(|value| value.is_nan()).count();
    if missing > 0 {
        return Err(Error::Data(format!(
            "{splitter}: {missing} of {} rows have no `{key}`, so they have no place in its order; leave them out",
            rows.len()
        )));
    }
    Ok(values.into_iter().map(ordered_bits).collect())
}

/// The bits of a number as an integer that is less where the number is less, with one zero.
fn ordered_bits(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}
