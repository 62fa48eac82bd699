//! How many values a row has, and what is said of positions without a number.

use crate::text::Shape;
use crate::{Error, Result};

pub(super) fn no_number(position: usize, rows: usize) -> Error {
    Error::Data(format!("position {position} has no number in {rows} rows to learn from"))
}

/// How many values a row has.
///
/// # Errors
/// When it has none or too many to count.
pub(super) fn width(shape: Shape) -> Result<usize> {
    shape
        .elements()
        .filter(|&width| width > 0)
        .ok_or_else(|| Error::Data(format!("rows of shape {shape} cannot be scaled; every axis must be at least 1")))
}
