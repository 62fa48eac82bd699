//! Views: chosen rows of a table, without a copy.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use candle_core::{DType, Tensor};
use uuid::Uuid;

use super::buffer::{Values, match_numbers};
use super::gather;
use super::table::{Table, Transformed};
use super::write;
use super::{Column, ColumnValue, RowTransform, SchemaSpec, Shape};
use crate::{Error, Result};

/// Which form of a column is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// As it was read.
    Raw,
    /// As the last scaler left it; raw where nothing is scaled.
    Transformed,
}

/// Some rows of a table, in an order; cloning shares everything.
#[derive(Clone)]
pub struct View {
    pub(super) table: Arc<Table>,
    pub(super) rows: Arc<[u32]>,
}

impl View {
    /// All rows of a table.
    pub(super) fn of(table: Arc<Table>) -> Self {
        let rows = (0u32..).take(table.len()).collect();
        Self { table, rows }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as numbers in the table.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The ids of the rows.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.rows.iter().filter_map(|&row| self.table.ids.get(row as usize).copied()).collect()
    }

    /// The schema of the rows.
    #[must_use]
    pub fn schema(&self) -> SchemaSpec {
        self.table.schema
    }

    /// The rows at some positions of this view, in that order; a position may repeat.
    ///
    /// # Errors
    /// When a position is not below [`View::len`].
    pub fn take(&self, positions: &[u32]) -> Result<Self> {
        let row = |&position: &u32| {
            self.rows
                .get(position as usize)
                .copied()
                .ok_or_else(|| Error::Data(format!("position {position} of a view of {} rows", self.len())))
        };
        Ok(Self { rows: positions.iter().map(row).collect::<Result<_>>()?, table: Arc::clone(&self.table) })
    }

    /// The rows for which `keep` says yes to the value of a column; rows where the value is missing are left out,
    /// unless the column's type is an `Option`.
    ///
    /// `view.filter(Pulse::COLUMNS.cell, |&cell| cell == 3)`: the value has the Rust type that the schema declares, so
    /// comparing it with another type does not compile.
    ///
    /// # Errors
    /// When the view has no column of that name, element type and shape.
    pub fn filter<T: ColumnValue>(&self, column: Column<T>, keep: impl Fn(&T) -> bool) -> Result<Self> {
        let (spec, data) = self.table.column(column.key())?;
        if spec.dtype != T::DTYPE || spec.shape != T::SHAPE {
            return Err(Error::Data(format!(
                "column `{}` holds {} {}, and is filtered as {} {}",
                spec.key,
                spec.dtype.name(),
                spec.shape,
                T::DTYPE.name(),
                T::SHAPE
            )));
        }
        let width = gather::width(spec.shape)?;
        let kept = |&row: &u32| T::read(&data.raw, row as usize * width).is_some_and(|value| keep(&value));
        Ok(Self { rows: self.rows.iter().copied().filter(kept).collect(), table: Arc::clone(&self.table) })
    }

    /// The shape of one sample's value in a column.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn shape(&self, key: &str) -> Result<Shape> {
        Ok(self.table.column(key)?.0.shape)
    }

    /// A column as a tensor `[rows, shape..]` in one copy; classes come as `u32` whatever `dtype` is, bools and integers
    /// as numbers of `dtype`.
    ///
    /// # Errors
    /// When there is no such column, it is text, `dtype` is not one of f32, f64, u8, u32 and i64, or a missing value
    /// would have to become an integer.
    pub fn tensor(&self, key: &str, form: Representation, dtype: DType) -> Result<Tensor> {
        let (spec, column) = self.table.column(key)?;
        gather::tensor(spec, column, form, dtype, &self.rows)
    }

    /// A number column as f64, row after row: missing values as NaN, bools as 0 and 1, classes as their index.
    ///
    /// # Errors
    /// When there is no such column or it is text.
    pub fn numbers(&self, key: &str, form: Representation) -> Result<Vec<f64>> {
        let (spec, column) = self.table.column(key)?;
        gather::numbers(spec, column, form, &self.rows)
    }

    /// For each row the number of its group: equal values have equal numbers, counted from 0 by first appearance.
    /// Missing values are one group.
    ///
    /// # Errors
    /// When there is no such column, or it holds arrays.
    pub fn groups(&self, key: &str) -> Result<Vec<u32>> {
        let (spec, column) = self.table.column(key)?;
        if spec.shape != Shape::SCALAR {
            return Err(Error::Data(format!(
                "column `{key}` is {}; only columns of one value a row can be compared for equality",
                spec.shape
            )));
        }
        let data = &column.raw;
        Ok(match &data.values {
            Values::Text(_) => number_groups(self.rows.iter().map(|&row| data.text(row as usize))),
            Values::F32(values) => self.group_by(|row| values.get(row).map(|&value| group_bits(value.into()))),
            Values::F64(values) => self.group_by(|row| values.get(row).map(|&value| group_bits(value))),
            Values::Bool(values) => {
                self.group_by(|row| (data.holds(row) && row < values.len()).then(|| values.value(row)))
            }
            Values::Class(values) => self.group_by(|row| values.get(row).filter(|_| data.holds(row)).copied()),
            numbers => match_numbers!(numbers,
                values => self.group_by(|row| {
                    values.get(row).filter(|_| data.holds(row)).map(|value| value.to_ne_bytes())
                }),
                _other => Vec::new()),
        })
    }

    fn group_by<T: Eq + Hash>(&self, value: impl Fn(usize) -> T) -> Vec<u32> {
        number_groups(self.rows.iter().map(|&row| value(row as usize)))
    }

    /// The same rows over a table in which the column has the transformed form that `transform` makes of its raw
    /// values. All other columns share their buffers.
    ///
    /// # Errors
    /// When there is no such column, it holds text or classes, or `transform` refuses its values.
    pub fn with_transform(&self, key: &str, transform: &Arc<dyn RowTransform>) -> Result<Self> {
        let values = transform.apply(self.all_rows().numbers(key, Representation::Raw)?)?;
        let transformed = Transformed { shape: transform.shape(), values: values.into() };
        let table = Arc::new(self.table.with_transformed(key, &transformed)?);
        Ok(Self { table, rows: Arc::clone(&self.rows) })
    }

    /// The rows as an Arrow record batch with the columns of [`FeatureSet::to_arrow`](super::FeatureSet::to_arrow).
    ///
    /// # Errors
    /// When an array has more elements than Arrow can count.
    pub fn to_arrow(&self) -> Result<RecordBatch> {
        let table = write::record_batch(&self.table)?;
        let rows = UInt32Array::from(self.rows.to_vec());
        take_record_batch(&table, &rows).map_err(|error| Error::Data(format!("rows as Arrow: {error}")))
    }

    /// All rows of the table, in its order.
    #[must_use]
    pub fn all_rows(&self) -> Self {
        Self::of(Arc::clone(&self.table))
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({} of {} rows of {})", self.len(), self.table.len(), self.table.schema.name)
    }
}

/// Numbers equal values alike, from 0 by first appearance.
fn number_groups<T: Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    values
        .map(|value| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(value).or_insert(next)
        })
        .collect()
}

/// Bits that are equal where numbers are: one zero, and one NaN for all that is missing.
fn group_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}
