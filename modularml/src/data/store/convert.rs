//! Conversion: files become a store, or a store each, without ever being in memory as a whole.

use std::fs;
use std::path::{Path, PathBuf};

use super::progress::Reporter;
use super::{StoreWriter, open, shards};
use crate::Result;
use crate::data::read::{Format, Json, JsonLines, Parquet, Paths, Reads};
use crate::data::{Dynamic, FeatureSet, Reader, SchemaSpec, gather};
use crate::error::Problem;

/// How many values are in memory at once, as nearly as whole rows allow.
const VALUES_AT_ONCE: usize = 1 << 20;
/// How many rows are when nothing is known of their size.
const ROWS_AT_ONCE: usize = 1 << 13;

/// Reads files into a store instead of into memory, or each into a store of its own; made by [`Reader::to_store`] and
/// [`Reader::to_stores`].
#[derive(Clone, Debug)]
pub struct Conversion<S = Dynamic> {
    reader: Reader<S>,
    target: Target,
}

/// Where the rows go.
#[derive(Clone, Debug)]
enum Target {
    /// Those of all files into one store.
    Store(PathBuf),
    /// Those of each file into a store of its own in a folder.
    Folder(PathBuf),
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
        Conversion { reader: self, target: Target::Store(path.as_ref().to_owned()) }
    }

    /// Reads each file into a store of its own in a folder, which is made where it is not there: `part-0.parquet` becomes
    /// `part-0.arrow`. They are opened as one set.
    ///
    /// Files are converted one after the other, as [`Reader::to_store`] converts several into one. Several processes can
    /// convert some each, [`Paths::shard`]; then each opens all, [`Paths::stores_in`].
    ///
    /// Classes must be declared, or be told by [`Reader::classes_in_order`]: what is learned of one file may differ from what
    /// is learned of the next, and stores of one set are refused where their columns differ.
    ///
    /// ```
    /// use modularml::data::{Paths, Reader};
    /// use modularml::prelude::*;
    ///
    /// /// One voltage pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: f32,
    /// }
    ///
    /// let folder = std::env::temp_dir().join(format!("modularml-doc-stores-{}", std::process::id()));
    /// std::fs::create_dir_all(&folder)?;
    /// for (part, rows) in [("part-0.csv", "voltage\n3.9\n3.8\n"), ("part-1.csv", "voltage\n3.7\n")] {
    ///     std::fs::write(folder.join(part), rows)?;
    /// }
    /// let (files, stores) = (Paths::folder(&folder, "csv")?, folder.join("stores"));
    /// for process in 0..2 {
    ///     Reader::<Pulse>::new().to_stores(&stores).csv(files.clone().shard(process, 2)?)?;
    /// }
    /// let pulses = FeatureSet::<Pulse>::open(files.stores_in(&stores)?)?;
    /// assert_eq!(pulses.len(), 3);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_stores(self, folder: impl AsRef<Path>) -> Conversion<S> {
        Conversion { reader: self, target: Target::Folder(folder.as_ref().to_owned()) }
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

    /// Converts files of an array of JSON objects, which are read as [`Reader::json`] does, and opens the store.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares, or the store cannot be written.
    pub fn json(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        Json: Reads<S>,
    {
        self.files(&paths.into(), Format::Json)
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
        let folder = match &self.target {
            Target::Store(store) => {
                let schema = self.convert(paths, format, store)?;
                return Ok(FeatureSet::of(open::table(store, Some(schema))?));
            }
            Target::Folder(folder) => folder,
        };
        let stores = paths.stores_in(folder)?;
        fs::create_dir_all(folder).map_err(|error| Problem::from(error).in_file(folder))?;
        for (path, store) in paths.0.iter().zip(&stores.0) {
            self.convert(&Paths::from(path), format, store)?;
        }
        Ok(FeatureSet::of(shards::table(&stores, self.reader.declared_schema())?))
    }

    /// Writes the rows of some files into a store; gives their schema.
    fn convert(&self, paths: &Paths, format: Format, store: &Path) -> Result<SchemaSpec> {
        let rows = self.reader.declared_schema().map_or(ROWS_AT_ONCE, |schema| rows_at_once(&schema));
        let tables = self.reader.tables(paths, format, rows)?;
        let schema = tables.schema();
        let mut writer = StoreWriter::<S>::create(store)?;
        let reporter = Reporter::new(store, paths, format);
        for table in tables {
            writer.push(&FeatureSet::of(table?))?;
            reporter.rows(writer.rows());
        }
        writer.finish()?;
        Ok(schema)
    }
}

/// How many rows of a schema are in memory at once.
fn rows_at_once(schema: &SchemaSpec) -> usize {
    let values = schema.columns.iter().filter_map(|spec| gather::width(spec.shape).ok());
    VALUES_AT_ONCE / values.fold(1, usize::saturating_add) + 1
}
