//! What a reader makes of files, record batches and columns in memory.

use std::borrow::Borrow;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::bind::Binder;
use super::chunks::{self, Chunks};
use super::columns::{self, ColumnArray};
use super::files::Format;
use super::group::Plan;
use super::infer::Inference;
use super::kind::{Json, JsonLines, Parquet, Reads};
use super::locate::Wanted;
use super::options::Options;
use super::paths::Paths;
use super::reader::{Declared, Reader};
use super::source::Source;
use super::tables::Tables;
use crate::data::table::Table;
use crate::data::{Domain, FeatureSet, SchemaSpec};
use crate::text::Message;
use crate::{Error, Result};

/// How many rows of a file are looked at together when all of them are read.
pub(super) const CHUNK: usize = 1 << 16;

impl<S> Reader<S> {
    /// Reads CSV files with a header line each: one path, or a list of paths whose rows follow each other. Another
    /// [`Dialect`](Self::dialect) says what is written otherwise. What gzip or Zstandard has compressed is decompressed while
    /// it is read, with the feature `compressed`.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares.
    pub fn csv(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>> {
        self.files(paths.into(), Format::Csv)
    }

    /// Reads files that hold an array of JSON objects each, with the feature `json`: one path, or a list of paths. An object is
    /// a row; arrays are nested lists, and a column that an object leaves out is missing there. The fields of an object in it are
    /// columns, `s.a` for `{"s": {"a": 1}}`, to be given names by [`rename`](Self::rename). For example
    /// `[{"voltage": [3.9, 3.7], "cell": "A"}, {"voltage": [3.8, 3.5], "cell": "B"}]`. May be compressed, as
    /// [CSV](Self::csv).
    ///
    /// # Errors
    /// When a file cannot be read, is no array of JSON objects, or they do not hold what the schema declares.
    pub fn json(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        Json: Reads<S>,
    {
        self.files(paths.into(), Format::Json)
    }

    /// Reads files of one JSON object a line, with the feature `json`, as [`json`](Self::json) does those of an array: one
    /// path, or a list of paths.
    ///
    /// # Errors
    /// When a file cannot be read, a line is no JSON object, or the lines do not hold what the schema declares.
    pub fn json_lines(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        JsonLines: Reads<S>,
    {
        self.files(paths.into(), Format::JsonLines)
    }

    /// Reads Parquet files, uncompressed or compressed with Zstandard, Snappy, gzip or LZ4, with the feature `parquet`: one
    /// path, or a list of paths. Only the declared columns are read.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares.
    pub fn parquet(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>>
    where
        Parquet: Reads<S>,
    {
        self.files(paths.into(), Format::Parquet)
    }

    /// Reads uncompressed Arrow IPC files (also known as Feather version 2): one path, or a list of paths. Only the
    /// declared columns are decoded.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what the schema declares.
    pub fn arrow(&self, paths: impl Into<Paths>) -> Result<FeatureSet<S>> {
        self.files(paths.into(), Format::Arrow)
    }

    /// Takes record batches; buffers of a single one that already have the right type are shared, not copied.
    ///
    /// # Errors
    /// When there is no batch, or the batches do not hold what the schema declares.
    pub fn batches(&self, batches: impl IntoIterator<Item = RecordBatch>) -> Result<FeatureSet<S>> {
        self.record_batches(batches.into_iter().map(Ok))
    }

    /// Takes what an Arrow `RecordBatchReader` gives, or any iterator of such results, for example of a database.
    ///
    /// # Errors
    /// When the iterator gives an error or no batch, or the batches do not hold what the schema declares.
    pub fn record_batches(
        &self,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<FeatureSet<S>> {
        self.in_memory("batches", batches)
    }

    /// Takes columns in memory, each under its name; what is owned, contiguous and of the right type is not copied.
    ///
    /// # Errors
    /// When the columns differ in length, or do not hold what the schema declares.
    pub fn columns<K: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = (K, ColumnArray)>,
    ) -> Result<FeatureSet<S>> {
        self.in_memory(columns::ORIGIN, [Ok(columns::batch(columns)?)])
    }

    fn in_memory(
        &self,
        origin: &str,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<FeatureSet<S>> {
        let sources = chunks::batches(origin, batches, &self.wanted())?;
        self.of_sources(sources)
    }

    fn files(&self, paths: Paths, format: Format) -> Result<FeatureSet<S>> {
        if let (Declared::Schema(_), false) = (&self.declared, self.options.grouping.is_wanted()) {
            // What is decoded to Arrow at once needs not be joined again.
            let rows = if format == Format::Parquet { usize::MAX } else { CHUNK };
            return Ok(FeatureSet::of(self.tables(&paths, format, rows)?.join()?));
        }
        // The types are learned from what is in memory already, so that each file is read once.
        let layout = self.layout(format)?;
        let sources = Chunks::new(paths.0, format, CHUNK, self.wanted(), layout).collect::<Result<Vec<_>>>()?;
        self.of_sources(sources)
    }

    /// Tables of at most so many rows each, so that files larger than memory can be gone through; without a schema the
    /// files are gone through twice.
    pub(in crate::data) fn tables(&self, paths: &Paths, format: Format, rows: usize) -> Result<Tables> {
        if self.options.grouping.is_wanted() {
            let problem = "the rows of a group may stand anywhere, so that grouping needs them all in memory; read them \
                           into a FeatureSet, and write that";
            return Err(Error::Data(problem.into()));
        }
        self.refuse_stray_options()?;
        let layout = self.layout(format)?;
        let chunks = || Chunks::new(paths.0.clone(), format, rows, self.wanted(), layout.clone());
        let schema = match self.declared {
            Declared::Schema(schema) => schema,
            Declared::Domains(_) => self.schema(chunks())?,
        };
        Ok(Tables::new(self.binder(schema), Box::new(chunks())))
    }

    /// The schema, where it is known before any file is opened.
    pub(in crate::data) fn declared_schema(&self) -> Option<SchemaSpec> {
        match self.declared {
            Declared::Schema(schema) => Some(schema),
            Declared::Domains(_) => None,
        }
    }

    fn of_sources(&self, sources: Vec<Source>) -> Result<FeatureSet<S>> {
        self.refuse_stray_options()?;
        let schema = self.schema(sources.iter().map(Ok))?;
        let Some(first) = sources.first().filter(|_| self.options.grouping.is_wanted()).cloned() else {
            return Ok(FeatureSet::of(self.join(schema, sources)?));
        };
        let others = self.others(schema, &sources)?;
        let is_declared = matches!(self.declared, Declared::Schema(_));
        let plan = Plan::new(schema, is_declared, others.columns, &self.options, &first);
        let rows = self.join(plan.rows, sources)?;
        Ok(FeatureSet::of(plan.apply(rows)?))
    }

    fn join(&self, schema: SchemaSpec, sources: Vec<Source>) -> Result<Table> {
        Tables::new(self.binder(schema), Box::new(sources.into_iter().map(Ok))).join()
    }

    /// Columns by which rows are grouped or sorted and that are not read for themselves.
    fn others(&self, schema: SchemaSpec, sources: &[Source]) -> Result<SchemaSpec> {
        let keys = self.options.grouping.keys().filter(|key| schema.column(key).is_none());
        let mut domains: Vec<(String, Domain)> = Vec::new();
        for key in keys {
            if domains.iter().all(|(before, _)| before != key) {
                domains.push((key.clone(), Domain::Tag));
            }
        }
        if domains.is_empty() {
            return Ok(SchemaSpec { name: schema.name, columns: &[] });
        }
        let is_one = |key: &String| domains.iter().any(|(other, _)| other == key);
        let of_these = |all: &[(String, String)]| all.iter().filter(|(key, _)| is_one(key)).cloned().collect();
        let options = Options {
            missing: self.options.missing.clone(),
            formats: of_these(&self.options.formats),
            zones: of_these(&self.options.zones),
            twice: self.options.twice.iter().filter(|(key, _)| is_one(key)).cloned().collect(),
            ..Options::default()
        };
        let mut inference = Inference::new(&domains, &options);
        for source in sources {
            inference.see(source)?;
        }
        inference.finish()
    }

    /// Rule: options that need one another stand together.
    fn refuse_stray_options(&self) -> Result<()> {
        let Options { grouping, .. } = &self.options;
        let is_silent = grouping.sort_by.is_empty() && grouping.one.is_empty() && grouping.first.is_empty();
        if !grouping.is_wanted() && !is_silent {
            let problem =
                "sort_by, one_per_group and first_of_group are about groups of rows; say Reader::group_by too";
            return Err(Error::Data(problem.into()));
        }
        self.refuse_unknown_times()
    }

    /// Rule: what is said of times is said of columns that are there.
    fn refuse_unknown_times(&self) -> Result<()> {
        // Without a schema all options are checked against the columns that are named.
        let Declared::Schema(schema) = &self.declared else { return Ok(()) };
        let Options { formats, zones, twice, grouping, .. } = &self.options;
        let said = formats.iter().map(|(key, _)| ("Reader::time_format", key));
        let said = said.chain(zones.iter().map(|(key, _)| ("Reader::zone", key)));
        for (option, key) in said.chain(twice.iter().map(|(key, _)| ("Reader::twice", key))) {
            let Some(spec) = schema.column(key) else {
                if grouping.keys().any(|other| other == key) {
                    continue;
                }
                let keys: Vec<&str> = schema.columns.iter().map(|spec| spec.key).collect();
                let message = Message::new().text(option).text(" names no column of ").name(schema.name).text(": ");
                return Err(Error::Data(message.name(key).did_you_mean(key, &keys).to_string()));
            };
            if !spec.dtype.is_time() {
                let found = spec.dtype.name();
                let problem = format!(
                    "{option} names `{key}`, which is {found} and no time; leave it out, or declare Timestamp, Date, TimeOfDay or \
                     TimeDelta"
                );
                return Err(Error::Data(problem));
            }
        }
        Ok(())
    }

    fn binder(&self, schema: SchemaSpec) -> Binder {
        Binder::new(schema, self.options.clone())
    }

    /// The declared schema, or what rows say about the named columns.
    pub(super) fn schema<T: Borrow<Source>>(&self, sources: impl Iterator<Item = Result<T>>) -> Result<SchemaSpec> {
        match &self.declared {
            Declared::Schema(schema) => Ok(*schema),
            Declared::Domains(domains) => {
                let mut inference = Inference::new(domains, &self.options);
                for source in sources {
                    inference.see(source?.borrow())?;
                }
                inference.finish()
            }
        }
    }

    pub(super) fn wanted(&self) -> Wanted {
        let mut wanted = Wanted { renames: self.options.renames.clone(), ..Wanted::default() };
        match &self.declared {
            Declared::Schema(schema) => {
                for spec in schema.columns {
                    wanted.add(spec.domain, spec.key, spec.stored_as);
                    wanted.names.extend(spec.positions.iter().map(|name| (*name).to_owned()));
                }
            }
            Declared::Domains(domains) => {
                wanted.full_names = domains.is_empty();
                for (key, domain) in domains {
                    wanted.add(*domain, key, key);
                }
            }
        }
        wanted.names.extend(self.options.grouping.keys().cloned());
        wanted.patterns.extend(self.options.arrays.iter().flat_map(|(_, patterns)| patterns).cloned());
        wanted
    }
}
