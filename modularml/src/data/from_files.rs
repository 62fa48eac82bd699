//! FeatureSets from files, columns and batches, as they are read without further settings.

use std::path::Path;

use arrow::array::RecordBatch;

use super::read::Reader;
use super::{ColumnArray, ColumnSpec, Dynamic, FeatureSet, SampleSchema, SchemaSpec};
use crate::Result;

impl<S: SampleSchema> FeatureSet<S> {
    /// Reads a CSV file with a header line; [`Reader`] says what is accepted and takes options.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what `S` declares.
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Self> {
        Reader::new().csv(path.as_ref())
    }

    /// Reads a Parquet file; [`Reader`] says what is accepted and takes options.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what `S` declares.
    pub fn from_parquet(path: impl AsRef<Path>) -> Result<Self> {
        Reader::new().parquet(path.as_ref())
    }

    /// Reads an Arrow IPC file; [`Reader`] says what is accepted and takes options.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what `S` declares.
    pub fn from_arrow(path: impl AsRef<Path>) -> Result<Self> {
        Reader::new().arrow(path.as_ref())
    }

    /// Takes columns in memory, sharing buffers that are owned, contiguous and of the right type.
    ///
    /// # Errors
    /// When the columns differ in length, or do not hold what `S` declares.
    pub fn from_columns<K: Into<String>>(columns: impl IntoIterator<Item = (K, ColumnArray)>) -> Result<Self> {
        Reader::new().columns(columns)
    }

    /// Takes record batches, sharing buffers that have the right type already.
    ///
    /// # Errors
    /// When there is no batch, or the batches do not hold what `S` declares.
    pub fn from_batches(batches: impl IntoIterator<Item = RecordBatch>) -> Result<Self> {
        Reader::new().batches(batches)
    }
}

impl FeatureSet<Dynamic> {
    /// The same data under the schema `S`, which is checked against it; ids stay. Columns that are as `S` declares them
    /// are shared, and stay in their file where it is mapped; others are converted as a reader would.
    ///
    /// # Errors
    /// When the data is not what `S` declares.
    pub fn typed<S: SampleSchema>(&self) -> Result<FeatureSet<S>> {
        if self.table().schema == S::SCHEMA {
            return Ok(FeatureSet::sharing(self.table()));
        }
        self.table().check_unchanged()?;
        let shared = |wanted: &ColumnSpec| {
            let (spec, column) = self.table().column(wanted.key).ok()?;
            is_same(spec, wanted).then(|| column.clone())
        };
        let others = S::SCHEMA.columns.iter().copied().filter(|wanted| shared(wanted).is_none()).collect::<Vec<_>>();
        let mut converted = Vec::new().into_iter();
        if !others.is_empty() {
            let others = SchemaSpec::at_run_time(S::SCHEMA.name, others);
            let set = Reader::with_schema(others).batches([self.to_arrow()?])?;
            converted = set.table().columns.clone().into_iter();
        }
        let columns = S::SCHEMA.columns.iter().filter_map(|wanted| shared(wanted).or_else(|| converted.next()));
        let columns = columns.collect();
        Ok(FeatureSet::of(self.table().with_columns(S::SCHEMA, columns)))
    }
}

/// Whether values under one description are as the other demands; what they are called in files does not matter.
fn is_same(found: &ColumnSpec, wanted: &ColumnSpec) -> bool {
    let ColumnSpec { stored_as, groups, allows_missing, .. } = *wanted;
    let accepts_missing = allows_missing || !found.allows_missing;
    accepts_missing && ColumnSpec { stored_as, allows_missing, groups, ..*found } == *wanted
}
