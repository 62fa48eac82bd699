//! Conversion: files become a store without ever being in memory as a whole.

use std::path::{Path, PathBuf};

use super::progress::Reporter;
use super::{StoreWriter, open};
use crate::Result;
use crate::data::read::{Format, JsonLines, Parquet, Paths, Reads};
use crate::data::{Dynamic, FeatureSet, Reader, SchemaSpec, gather};

/// How many values are in memory at once, as nearly as whole rows allow.
const VALUES_AT_ONCE: usize = 1 << 20;
/// How many rows are when nothing is known of their size.
const ROWS_AT_ONCE: usize = 1 << 13;

/// Reads files into a store instead of into memory; made by [`Reader::to_store`].
#[derive(Clone, Debug)]
pub struct Conversion<S = Dynamic> {
    reader: Reader<S>,
    store: PathBuf,
}

impl<S> Reader<S> {
    /// Reads into a store at a path instead of into memory, so that files of any size can be converted.
    ///
    /// The rows are read, checked and written part by part, whatever this reader was told. A terminal is shown how far
    /// it has come. The store replaces an older file when it is complete; on an error nothing is left of it. While it
    /// is written it needs its size on the disk twice.
    ///
    /// ```
    /// use modularml::data::Reader;
    /// use modularml::prelude::*;
    ///
    /// /// One voltage pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 2],
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// let folder = std::env::temp_dir();
    /// let (csv, store) = (folder.join("modularml-doc-convert.csv"), folder.join("modularml-doc-convert.arrow"));
    /// std::fs::write(&csv, "voltage_0,voltage_1,soh\n3.9,3.7,0.98\n3.8,3.5,0.91\n")?;
    /// let pulses = Reader::<Pulse>::new().to_store(&store).csv(&csv)?;
    /// assert_eq!(pulses.len(), 2);
    /// // The next time there is nothing to convert.
    /// assert!(FeatureSet::<Pulse>::open(&store)? == pulses);
    /// # std::fs::remove_file(csv)?;
    /// # std::fs::remove_file(store)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_store(self, path: impl AsRef<Path>) -> Conversion<S> {
        Conversion { reader: self, store: path.as_ref().to_owned() }
    }
}

impl<S> Conversion<S> {
    /// Converts CSV files, which are read as [`Reader::csv`] does, and opens the store.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares, or the store cannot be written.
    pub fn csv(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>> {
        self.files(&paths.into(), Format::Csv)
    }

    /// Converts files of one JSON object a line, which are read as [`Reader::json_lines`] does, and opens the store.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares, or the store cannot be written.
    pub fn json_lines(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        JsonLines: Reads<S>,
    {
        self.files(&paths.into(), Format::JsonLines)
    }

    /// Converts Parquet files, which are read as [`Reader::parquet`] does, and opens the store.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares, or the store cannot be written.
    pub fn parquet(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        Parquet: Reads<S>,
    {
        self.files(&paths.into(), Format::Parquet)
    }

    /// Converts Arrow IPC files, which are read as [`Reader::arrow`] does, and opens the store.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares, or the store cannot be written.
    pub fn arrow(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>> {
        self.files(&paths.into(), Format::Arrow)
    }

    fn files(&self, paths: &Paths, format: Format) -> Result<FeatureSet<S>> {
        let rows = self.reader.declared_schema().map_or(ROWS_AT_ONCE, |schema| rows_at_once(&schema));
        let tables = self.reader.tables(paths, format, rows)?;
        let schema = tables.schema();
        let mut store = StoreWriter::<S>::create(&self.store)?;
        let reporter = Reporter::new(&self.store, paths, format);
        for table in tables {
            store.push(&FeatureSet::of(table?))?;
            reporter.rows(store.rows());
        }
        store.finish()?;
        Ok(FeatureSet::of(open::table(&self.store, Some(schema))?))
    }
}

/// How many rows of a schema are in memory at once.
fn rows_at_once(schema: &SchemaSpec) -> usize {
    let values = schema.columns.iter().filter_map(|spec| gather::width(spec.shape).ok());
    VALUES_AT_ONCE / values.fold(1, usize::saturating_add) + 1
}
