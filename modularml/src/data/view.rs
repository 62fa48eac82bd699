//! Views: chosen rows of a table, without a copy.

use candle_core::{DType, Tensor};

use super::Shape;
use crate::Result;

/// Which form of a column is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// As it was read.
    Raw,
    /// As the last scaler left it; raw where nothing is scaled.
    Transformed,
}

/// Some rows of a table, in an order; cloning shares everything.
#[derive(Clone, Debug)]
pub struct View {}

impl View {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as numbers in the table.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        todo!()
    }

    /// The rows at some positions of this view, in that order; a position may repeat.
    pub fn take(&self, positions: &[u32]) -> Result<Self> {
        let _ = positions;
        todo!()
    }

    /// The shape of one sample's value in a column.
    pub fn shape(&self, key: &str) -> Result<Shape> {
        let _ = key;
        todo!()
    }

    /// A column as a tensor `[rows, shape..]` in one copy; classes come as `u32` whatever `dtype` is, bools and integers
    /// as numbers of `dtype`.
    pub fn tensor(&self, key: &str, form: Representation, dtype: DType) -> Result<Tensor> {
        let _ = (key, form, dtype);
        todo!()
    }

    /// A number column as f64, row after row.
    pub fn numbers(&self, key: &str, form: Representation) -> Result<Vec<f64>> {
        let _ = (key, form);
        todo!()
    }

    /// For each row the number of its group: equal values have equal numbers, counted from 0 by first appearance.
    pub fn groups(&self, key: &str) -> Result<Vec<u32>> {
        let _ = key;
        todo!()
    }

    /// The same rows over a table in which `key` has the transformed form `values` for every row of the table.
    /// All other columns share their buffers.
    pub fn with_transformed(&self, key: &str, values: Vec<f64>) -> Result<Self> {
        let _ = (key, values);
        todo!()
    }

    /// All rows of the table, in its order.
    #[must_use]
    pub fn all_rows(&self) -> Self {
        todo!()
    }
}
