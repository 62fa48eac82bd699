//! Predictions as a table: rows by id, with tags, targets, and what nodes give.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use arrow::error::ArrowError;

use super::metric::best_class;
use super::unknown::missing;
use crate::data::beside::replace;
use crate::data::{Domain, Dtype, View, ipc};
use crate::error::Problem;
use crate::spec::NodeSpec;
use crate::{Error, Result};

/// What a graph gives for the rows of a phase, a row each, in raw units.
///
/// | column | what it holds |
/// | --- | --- |
/// | `id` | the id of the row |
/// | `tags.NAME`, `targets.NAME` | the columns of the rows; an array is one column a number, `targets.curve.0` |
/// | `predicted.NODE` | of a node that predicts a target or is marked as an output: the number, or the class with the highest score, the first of equal ones and none where one is NaN; an array is one column a number |
/// | `decided.NODE` | where the phase chooses a threshold of the node: true or false, of two classes the name of one; none where the score is NaN |
/// | `scores.NODE.CLASS` | of a node that predicts classes: the score of each |
///
/// Columns of a graph with several inputs begin with the input, `pulse.targets.soh`.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictionTable {
    batch: RecordBatch,
}

impl PredictionTable {
    /// The table as an Arrow record batch.
    #[must_use]
    pub const fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// A column of texts, one a row, and none where there is none: `id`, `predicted.state` of classes, `tags.maker`.
    ///
    /// # Errors
    /// When there is no such column, or it holds other than text.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<&str>>> {
        let column = self.batch.column_by_name(name).ok_or_else(|| self.lacks(name))?;
        let texts = column.as_string_opt::<i32>().ok_or_else(|| {
            let found = column.data_type();
            Error::Data(format!(
                "column `{name}` of the predictions is {found}, not text; read it by ndarray() or batch()"
            ))
        })?;
        Ok(texts.iter().collect())
    }

    /// What is said of a column that is not there.
    pub(super) fn lacks(&self, name: &str) -> Error {
        let schema = self.batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        missing("column", name, &names, "the predictions")
    }

    /// Writes a CSV file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), |file| {
            let mut writer = arrow::csv::Writer::new(BufWriter::new(file));
            writer.write(&self.batch).map_err(|error| Problem::from(error.to_string()))?;
            Ok(writer.into_inner().flush()?)
        })
    }

    /// Writes an Arrow file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_arrow(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), |mut file| Ok(file.write_all(&ipc::to_bytes(&self.batch)?)?))
    }

    /// Writes a Parquet file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    #[cfg(feature = "parquet")]
    pub fn write_parquet(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), |file| {
            let failed = |error: parquet::errors::ParquetError| Problem::from(error.to_string());
            let writer = parquet::arrow::ArrowWriter::try_new(BufWriter::new(file), self.batch.schema(), None);
            let mut writer = writer.map_err(failed)?;
            writer.write(&self.batch).map_err(failed)?;
            Ok(writer.into_inner().map_err(failed)?.flush()?)
        })
    }

    /// The table as bytes, from which [`of_bytes`](Self::of_bytes) reads it bit for bit.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        ipc::to_bytes(&self.batch).map_err(|problem| Error::State(format!("predictions: {}", problem.text)))
    }

    /// The same with the ids that rows have in this process, where they were given new ones.
    pub(super) fn with_ids(self, prefix: &str, rows: &View) -> Result<Self> {
        let (name, found) = (format!("{prefix}id"), self.batch.num_rows());
        if found != rows.len() {
            let expected = rows.len();
            return Err(Error::State(format!("the saved predictions are of {found} rows, there are {expected}")));
        }
        let schema = self.batch.schema();
        let columns = schema.fields().iter().zip(self.batch.columns());
        let columns = columns.map(|(field, array)| if *field.name() == name { ids(rows) } else { Arc::clone(array) });
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect());
        Ok(Self { batch: batch.map_err(|error| Error::State(format!("the saved predictions: {error}")))? })
    }

    /// The table that was written as bytes, which may be damaged.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Result<Self> {
        let none = || Problem::from("they hold no table");
        let batch = ipc::batches(bytes).and_then(|batches| batches.into_iter().next().ok_or_else(none));
        let batch = batch.map_err(|problem| Error::State(format!("the saved predictions: {}", problem.text)))?;
        Ok(Self { batch })
    }
}

/// The column that tells the fold of a row.
const FOLD: &str = "fold";

impl PredictionTable {
    /// The tables of all folds, one below the other.
    pub(super) fn of_folds(tables: &[&Self]) -> Result<Self> {
        let failed = |error: ArrowError| Error::Data(format!("the predictions of folds: {error}"));
        let Some(first) = tables.first() else { return Err(Error::Data("no fold has predictions".to_owned())) };
        let schema = first.batch.schema();
        let batch = concat_batches(&schema, tables.iter().map(|table| &table.batch)).map_err(failed)?;
        let folds = (0u32..).zip(tables).flat_map(|(fold, table)| std::iter::repeat_n(fold, table.batch.num_rows()));
        let folds: ArrayRef = Arc::new(UInt32Array::from_iter_values(folds));
        let fields = std::iter::once(Arc::new(Field::new(FOLD, DataType::UInt32, false)));
        let fields: Vec<_> = fields.chain(schema.fields().iter().cloned()).collect();
        let columns = std::iter::once(folds).chain(batch.columns().iter().cloned()).collect();
        Ok(Self { batch: RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)? })
    }
}

/// The ids of rows.
fn ids(rows: &View) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.ids().into_iter().map(|id| id.to_string())))
}

/// Columns in the making.
#[derive(Default)]
pub(super) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn push(&mut self, name: String, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
    }

    /// Ids, tags and targets of rows.
    pub(super) fn rows(&mut self, prefix: &str, rows: &View) -> Result<()> {
        self.push(format!("{prefix}id"), ids(rows));
        let batch = rows.to_arrow()?;
        for spec in rows.schema().columns.iter().filter(|spec| spec.domain != Domain::Feature) {
            let name = format!("{}.{}", spec.domain.prefix(), spec.key);
            let Some(array) = batch.column_by_name(&format!("{name}.raw")) else { continue };
            if let Some(numbers) = array.as_primitive_opt::<UInt32Type>().filter(|_| spec.dtype == Dtype::Class) {
                let class = |number: Option<u32>| spec.classes.get(number? as usize).copied();
                let names: StringArray = numbers.iter().map(class).collect();
                self.push(format!("{prefix}{name}"), Arc::new(names));
            } else {
                self.flat(format!("{prefix}{name}"), array).map_err(|error| Error::Data(error.to_string()))?;
            }
        }
        Ok(())
    }

    /// A column, or one for each number of an array. Rows of different lengths have none.
    fn flat(&mut self, name: String, array: &ArrayRef) -> Result<(), ArrowError> {
        match array.data_type() {
            DataType::FixedSizeList(_, width) => {
                let (lists, width) = (array.as_fixed_size_list(), u64::try_from(*width).unwrap_or_default());
                let rows = array.len() as u64;
                for number in 0..width {
                    let places = UInt64Array::from_iter_values((0..rows).map(|row| row * width + number));
                    self.push(format!("{name}.{number}"), take(lists.values(), &places, None)?);
                }
            }
            DataType::List(_) | DataType::LargeList(_) => {}
            _ => self.push(name, Arc::clone(array)),
        }
        Ok(())
    }

    /// What a node gives, row after row.
    pub(super) fn output(&mut self, node: &NodeSpec, classes: &[&'static str], numbers: &[f64], dims: &[usize]) {
        let width = dims.iter().skip(1).product::<usize>().max(1);
        let column = |number: usize| {
            let numbers = numbers.iter().skip(number).step_by(width).copied();
            Arc::new(Float64Array::from_iter_values(numbers)) as ArrayRef
        };
        if classes.len() == width && width > 1 {
            let name = |scores: &[f64]| classes.get(best_class(scores)?).copied();
            let names: StringArray = numbers.chunks(width).map(name).collect();
            self.push(format!("predicted.{}", node.name), Arc::new(names));
            for (number, class) in classes.iter().enumerate() {
                self.push(format!("scores.{}.{class}", node.name), column(number));
            }
        } else if dims.len() < 2 {
            self.push(format!("predicted.{}", node.name), column(0));
        } else {
            for number in 0..width {
                self.push(format!("predicted.{}.{number}", node.name), column(number));
            }
        }
    }

    /// What a threshold decides of the score of a node, of two classes by their names.
    pub(super) fn decided(
        &mut self,
        node: &NodeSpec,
        classes: &[&'static str],
        decided: impl Iterator<Item = Option<bool>>,
    ) {
        let array: ArrayRef = if let [no, yes] = classes {
            Arc::new(decided.map(|is| is.map(|is| if is { *yes } else { *no })).collect::<StringArray>())
        } else {
            Arc::new(decided.collect::<BooleanArray>())
        };
        self.push(format!("decided.{}", node.name), array);
    }

    /// The table; all columns have equally many rows.
    pub(super) fn finish(self) -> Result<PredictionTable> {
        let batch = RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays);
        Ok(PredictionTable { batch: batch.map_err(|error| Error::Data(error.to_string()))? })
    }
}
