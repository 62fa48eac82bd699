//! Views: chosen rows of a table, without a copy.

use super::Representation;
use std::collections::HashMap;

use super::buffer::{Values, match_whole};
use super::groups::{KeyNumbers, number_values};
use super::parts::Stretch;
use super::spans::WindowsOf;
use super::table::{Table, TableColumn};
use super::transformed::{Transformed, clear_padding};
use super::write::Chosen;
use super::{Array, ColumnSpec, Dtype, RowTransform, SchemaSpec, gather, resolve, write};
use crate::text::Shape;
use crate::{Error, Result};
use arrow::array::RecordBatch;
use std::fmt;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// Some rows of a table, in an order, and the columns that may be read of them; cloning shares everything.
///
/// A view is what splits, samplers and scalers take and give. It never copies data: [`filter`](Self::filter),
/// [`take`](Self::take), [`union`](Self::union) and their like choose rows, [`select`](Self::select) chooses columns.
/// Which keys, shapes and element types there are is what [`schema`](Self::schema) tells. A view may have no rows; to
/// read tensors of it, split it or learn from it is then an error that says so.
#[derive(Clone)]
pub struct View {
    pub(super) table: Arc<Table>,
    pub(super) rows: Arc<[u32]>,
    /// The columns that may be read, in the order of the table's schema.
    pub(super) schema: SchemaSpec,
    /// Where in `rows` each row of the table stands; made when first asked for.
    pub(super) positions: Arc<OnceLock<HashMap<u32, u32>>>,
}

impl View {
    /// All rows of a table.
    pub(super) fn of(table: Arc<Table>) -> Self {
        let rows = (0u32..).take(table.len()).collect();
        Self { rows, schema: table.schema, table, positions: Arc::default() }
    }

    /// Other rows of the same table, with the same columns.
    pub(super) fn with_rows(&self, rows: Arc<[u32]>) -> Self {
        Self { table: Arc::clone(&self.table), rows, schema: self.schema, positions: Arc::default() }
    }

    /// The description of a column that may be read.
    pub(crate) fn column_spec(&self, key: &str) -> Result<&'static ColumnSpec> {
        self.described(key).map(|(spec, _)| spec)
    }

    /// The description and the data of a column of which the rows are read next: their files are checked.
    pub(super) fn column(&self, key: &str) -> Result<(&'static ColumnSpec, &TableColumn)> {
        let column = self.described(key)?;
        self.table.check_unchanged_at(&self.rows)?;
        Ok(column)
    }

    /// The description and the data of a column that may be read, of which no value is read yet. It asks after no file.
    pub(super) fn described(&self, key: &str) -> Result<(&'static ColumnSpec, &TableColumn)> {
        let spec = resolve::resolve(&self.schema, &self.table.schema, key)?;
        self.table.column(spec.key)
    }

    /// The table.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// Which rows of recordings the rows read; none where they are no windows.
    pub(crate) fn windows(&self) -> Option<WindowsOf<'_>> {
        Some(WindowsOf::of(self.table.spans()?, &self.rows))
    }

    /// Whether the values lie in mapped files, so that reading them may wait for the disk.
    pub(crate) fn is_mapped(&self) -> bool {
        self.table.is_mapped()
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
        self.rows.iter().filter_map(|&row| self.table.ids.at(row)).collect()
    }

    /// The schema of the rows: the columns that may be read, with their keys, domains, element types and shapes.
    #[must_use]
    pub fn schema(&self) -> SchemaSpec {
        self.schema
    }

    /// The shape of one sample's value in a column.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn shape(&self, key: &str) -> Result<Shape> {
        Ok(self.described(key)?.0.shape)
    }

    /// A column as an array `[rows, shape..]` in one copy; classes come as `u32` whatever `dtype` is, bools and integers
    /// as numbers of `dtype`.
    ///
    /// # Errors
    /// When there is no such column or no row, it is text, `dtype` is not one of f32, f64, u32 and i64, or a missing
    /// value would have to become an integer.
    pub fn array(&self, key: &str, form: Representation, dtype: Dtype) -> Result<Array> {
        self.require_rows("read an array of")?;
        let (spec, column) = self.column(key)?;
        gather::array(spec, column, form, dtype, &self.rows)
    }

    /// A number column as f64, row after row: missing values as NaN, bools as 0 and 1, classes as their index.
    ///
    /// # Errors
    /// When there is no such column or it is text.
    pub fn numbers(&self, key: &str, form: Representation) -> Result<Vec<f64>> {
        let (spec, column) = self.column(key)?;
        gather::numbers(spec, column, form, &self.rows)
    }

    /// One whole number a row of a column that is stored so, in the order of the values: integers, of a `u64` less 2^63, units
    /// of the last digit of decimals, nanoseconds or days; `owner` is what asks for an order.
    pub(crate) fn stored_order(&self, owner: &str, key: &str) -> Result<Vec<i64>> {
        let (spec, column) = self.column(key)?;
        gather::stored_order(owner, spec, column, &self.rows)
    }

    /// For each row the number of its group: equal values have equal numbers, counted from 0 by first appearance.
    /// Missing values are one group.
    ///
    /// # Errors
    /// When there is no such column, or it holds arrays.
    pub fn groups(&self, key: &str) -> Result<Vec<u32>> {
        let (spec, column) = self.column(key)?;
        if spec.shape != Shape::SCALAR {
            return Err(Error::Data(format!(
                "column `{key}` is {}; only columns of one value a row can be compared for equality",
                spec.shape
            )));
        }
        let data = column.parts(spec)?;
        if spec.dtype == Dtype::Text {
            return Ok(match data.whole() {
                Some(whole) => number_values(self.rows.iter().map(|&row| whole.text(row as usize))),
                None => number_values(self.rows.iter().map(|&row| data.text(row))),
            });
        }
        let mut numbers = KeyNumbers::with_capacity(self.len());
        for stretch in data.stretches(&self.rows) {
            add_group_keys(&stretch, &mut numbers);
        }
        Ok(numbers.finish())
    }

    /// The same rows over a table in which the column has the transformed form that `transform` makes of its raw
    /// values. All other columns share their buffers.
    ///
    /// Of a table in memory all rows are transformed now; of a mapped file, and of windows, the rows of a batch are, each
    /// time that they are read, with equal results.
    ///
    /// # Errors
    /// When there is no such column, it holds text, or classes that `transform` does not encode, or `transform` refuses
    /// its values.
    pub fn with_transform(&self, key: &str, transform: &Arc<dyn RowTransform>) -> Result<Self> {
        let is_stored = self.described(key)?.1.raw.stored().is_some();
        let transformed = if self.table.is_mapped() || !is_stored {
            Transformed::on_read(transform)
        } else {
            let all = self.all_rows();
            let mut values = transform.apply(all.numbers(key, Representation::Raw)?)?;
            if self.column_spec(key)?.sequence.is_some() {
                clear_padding(&mut values, transform.shape(), all.lengths(key)?);
            }
            Transformed::computed(transform.shape(), values.into())
        };
        let table = Arc::new(self.table.with_transformed(key, &transformed, transform.encodes())?);
        Ok(Self { table, ..self.clone() })
    }

    /// The rows as an Arrow record batch with the selected columns, as
    /// [`FeatureSet::to_arrow`](super::FeatureSet::to_arrow) names them.
    ///
    /// Buffers are shared where the rows follow one another, but for windows, sequences, rows of several stores and columns
    /// that are scaled when they are read.
    ///
    /// # Errors
    /// When an array has more elements than Arrow can count.
    pub fn to_arrow(&self) -> Result<RecordBatch> {
        write::record_batch(&self.table, &self.schema, Chosen::Some(&self.rows))
    }

    /// The same, of which no buffer is shared.
    pub(super) fn copied_to_arrow(&self) -> Result<RecordBatch> {
        write::record_batch(&self.table, &self.schema, Chosen::CopyOf(&self.rows))
    }

    /// All rows of the table, in its order, with the same columns.
    #[must_use]
    pub fn all_rows(&self) -> Self {
        Self { schema: self.schema, ..Self::of(Arc::clone(&self.table)) }
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({} of {} rows of {})", self.len(), self.table.len(), self.table.schema.name)
    }
}

/// Adds a number for each row that is equal where values are, but for text; none where the value is missing.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "one expression for every integer type; different integers of one type stay different"
)]
fn add_group_keys(stretch: &Stretch<'_>, numbers: &mut KeyNumbers) {
    let (data, rows) = (stretch.data, stretch.rows());
    match &data.values {
        Values::F32(values) => {
            numbers.extend(rows.map(|row| values.get(row).map(|&value| group_bits(value.into()))));
        }
        Values::F64(values) => numbers.extend(rows.map(|row| values.get(row).map(|&value| group_bits(value)))),
        Values::Bool(values) => {
            numbers.extend(rows.map(|row| (data.holds(row) && row < values.len()).then(|| values.value(row).into())));
        }
        whole => match_whole!(whole,
            values => numbers
                .extend(rows.map(|row| values.get(row).filter(|_| data.holds(row)).map(|&value| value as u64))),
            _other => ()),
    }
}

/// Bits that are equal where numbers are: one zero, and one NaN for all that is missing.
fn group_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}
