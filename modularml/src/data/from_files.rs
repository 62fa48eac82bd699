//! FeatureSets from files, columns and batches, as they are read without further settings.

use std::path::Path;

use arrow::array::RecordBatch;

use super::read::{Parquet, Reader, Reads};
use super::{ColumnArray, FeatureSet, SampleSchema};
use crate::Result;

impl<S: SampleSchema> FeatureSet<S> {
    /// Reads a CSV file with a header line; [`Reader`] says what is accepted and takes options.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what `S` declares.
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Self> {
        Reader::new().csv(path.as_ref())
    }

    /// Reads a Parquet file, with the feature `parquet`; [`Reader`] says what is accepted and takes options.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what `S` declares.
    pub fn from_parquet(path: impl AsRef<Path>) -> Result<Self>
    where
        Parquet: Reads<S>,
    {
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
