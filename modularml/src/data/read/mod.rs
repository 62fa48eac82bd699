//! Reading: files and record batches become tables that are checked against a schema.

mod bind;
mod chunks;
mod columns;
mod convert;
mod dialect;
mod encoding;
mod files;
mod find;
mod flatten;
mod group;
mod ids;
mod infer;
mod join;
mod kind;
mod layout;
mod locate;
mod numerals;
mod options;
mod overview;
mod paths;
mod ragged;
mod sniff;
mod source;
mod spread;
mod structs;
mod summary;
mod survey;
mod tables;
#[cfg(test)]
mod tests;
mod times;
mod written;

use std::marker::PhantomData;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::table::Table;
use super::{Domain, Dynamic, FeatureSet, Longer, SampleSchema, SchemaSpec};
use crate::text::Message;
use crate::{Error, Result};
use bind::Binder;
use chunks::Chunks;
use group::Plan;
use infer::Inference;
use locate::Wanted;
use options::{ClassNames, Options};
use source::Source;

pub use columns::{ColumnArray, ColumnElement};
pub use dialect::Dialect;
pub(super) use files::{Format, is_compressed};
pub use kind::{Json, JsonLines, Parquet, Reads};
pub use overview::Overview;
pub use paths::Paths;
pub use summary::{FileColumn, FileSummary};
pub(super) use tables::Tables;

/// How many rows of a file are looked at together when all of them are read.
const CHUNK: usize = 1 << 16;

/// Reads files into a [`FeatureSet`], with a say about what is missing in them.
///
/// ```no_run
/// use modularml::data::Reader;
///
/// // Without a schema struct: say what each column is for.
/// let penguins = Reader::dynamic()
///     .features(["bill_length_mm", "bill_depth_mm"])
///     .targets(["body_mass_g"])
///     .tags(["island"])
///     .missing("NA")
///     .drop_rows_with_missing()
///     .csv("penguins.csv")?;
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// # What is accepted
/// - A column stands under its name (`voltage`, or the schema's `rename`) or under the full name that
///   [`FeatureSet::to_arrow`] writes (`features.voltage.raw`).
/// - An array is an Arrow fixed-size list, fixed-shape tensor or list, nested or flat in row-major order, or is spread
///   over columns `voltage_0`, `voltage_1`, .. (or `voltage.0`, ..).
/// - Integers of another width and integers for floats, when every value stays the same; f64 for f32. Text is read
///   as numbers in CSV only.
/// - A class is its name, or its index where no name is a number; the texts of one column are all names or all indices.
/// - Dictionaries, run ends and views of lists are decoded.
/// - The fields of a struct, or of an object in JSON, are columns with names as `pulse.voltage`, to be renamed.
/// - Several files are one set when their columns agree.
///
/// Everything else is an error that says where, what was found, and what to do. Rows count from 0, the header of a
/// CSV file not included.
#[derive(Clone, Debug)]
pub struct Reader<S = Dynamic> {
    declared: Declared,
    options: Options,
    sample: PhantomData<fn() -> S>,
}

/// What is known about the columns before the file is opened.
#[derive(Clone, Debug)]
enum Declared {
    Schema(SchemaSpec),
    Domains(Vec<(String, Domain)>),
}

impl<S: SampleSchema> Reader<S> {
    /// A reader of the columns that `S` declares.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Declared::Schema(S::SCHEMA))
    }
}

impl<S: SampleSchema> Default for Reader<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader<Dynamic> {
    /// A reader without a schema struct: element types and shapes come from the file.
    ///
    /// Say what each column is for with [`features`](Self::features), [`targets`](Self::targets) and
    /// [`tags`](Self::tags); other columns are not read. Files with full names (`features.voltage.raw`) need nothing
    /// said.
    #[must_use]
    pub fn dynamic() -> Self {
        Self::of(Declared::Domains(Vec::new()))
    }

    /// A reader of the columns that a schema known at run time declares.
    #[must_use]
    pub fn with_schema(schema: SchemaSpec) -> Self {
        Self::of(Declared::Schema(schema))
    }

    /// Columns that models read.
    #[must_use]
    pub fn features<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Feature)
    }

    /// Columns that models predict.
    #[must_use]
    pub fn targets<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Target)
    }

    /// Columns that describe a sample.
    #[must_use]
    pub fn tags<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.declare(keys, Domain::Tag)
    }

    /// The texts or whole numbers of a column become classes: all different values, sorted, which must be two or more.
    /// The names of the classes are in the set's schema, and stay with it in saved files.
    ///
    /// Learned from one file, the classes may differ from those of another: a set that will be extended, or used for
    /// prediction, lists them with [`classes_in_order`](Self::classes_in_order).
    #[must_use]
    pub fn classes(mut self, key: impl Into<String>) -> Self {
        self.options.classes.push((key.into(), ClassNames::Learned));
        self
    }

    /// The texts or whole numbers of a column become classes, the first name having index 0; any other value is an
    /// error.
    #[must_use]
    pub fn classes_in_order<N: Into<String>>(
        mut self,
        key: impl Into<String>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.options.classes.push((key.into(), ClassNames::Given(names)));
        self
    }

    /// A feature, target or tag that is an array, of which the file has a column for each position: those of these names, in
    /// which `*` stands for any text and `?` for one letter, in their order and that of the file.
    ///
    /// ```
    /// use modularml::data::Reader;
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_array_{}.csv", std::process::id()));
    /// std::fs::write(&path, "age,soh,v_start,v_end\n3,0.9,3.9,3.7\n4,0.8,3.8,3.5\n")?;
    /// let cells = Reader::dynamic()
    ///     .features(["signals"])
    ///     .targets(["soh"])
    ///     .array("signals", ["v_*", "age"])
    ///     .csv(&path)?;
    /// let schema = cells.schema();
    /// assert_eq!(schema.column("signals").unwrap().positions, ["v_start", "v_end", "age"]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn array<P: Into<String>>(mut self, key: impl Into<String>, columns: impl IntoIterator<Item = P>) -> Self {
        self.options.arrays.push((key.into(), columns.into_iter().map(Into::into).collect()));
        self
    }

    /// The lists of a column are sequences: rows may differ in length up to `length`, and are padded with zeros at the
    /// end. [`View::mask`](super::View::mask) says where values are.
    #[must_use]
    pub fn sequence(mut self, key: impl Into<String>, length: usize, longer: Longer) -> Self {
        self.options.sequences.push((key.into(), length, longer));
        self
    }

    fn declare<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>, domain: Domain) -> Self {
        let keys = keys.into_iter().map(|key| (key.into(), domain));
        match &mut self.declared {
            Declared::Domains(domains) => domains.extend(keys),
            Declared::Schema(_) => self.declared = Declared::Domains(keys.collect()),
        }
        self
    }
}

impl<S> Reader<S> {
    fn of(declared: Declared) -> Self {
        Self { declared, options: Options::default(), sample: PhantomData }
    }

    /// A text that means a missing value, for example `NA`; the empty text always does. May be called several times.
    #[must_use]
    pub fn missing(mut self, text: impl Into<String>) -> Self {
        self.options.missing.push(text.into());
        self
    }

    /// How files of text write the times of a column, where it is not ISO 8601: by the specifiers of strftime,
    /// `%d.%m.%Y %H:%M`; or what numbers count, `epoch ms` for points in time and `ms` for spans. It holds instead of what
    /// the schema says. A column of a reader without a schema becomes one of times by it.
    ///
    /// ```
    /// use modularml::data::{Dtype, Reader};
    ///
    /// # let path = std::env::temp_dir().join(format!("modularml_times_{}.csv", std::process::id()));
    /// std::fs::write(&path, "start,volts\n31.01.2026 12:30,3.9\n")?;
    /// let readings = Reader::dynamic()
    ///     .features(["volts"])
    ///     .tags(["start"])
    ///     .time_format("start", "%d.%m.%Y %H:%M")
    ///     .zone("start", "Europe/Berlin")
    ///     .csv(&path)?;
    /// assert_eq!(readings.schema().column("start").unwrap().dtype, Dtype::Timestamp);
    /// assert_eq!(readings.view().times("start")?, [Some("2026-01-31T11:30:00Z".to_owned())]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn time_format(mut self, key: impl Into<String>, format: impl Into<String>) -> Self {
        self.options.formats.push((key.into(), format.into()));
        self
    }

    /// The zone in which the clock stood, where the times of a column say no offset from UTC: `Europe/Berlin`, `+01:00`.
    /// It holds instead of what the schema says; UTC where neither says one.
    #[must_use]
    pub fn zone(mut self, key: impl Into<String>, zone: impl Into<String>) -> Self {
        self.options.zones.push((key.into(), zone.into()));
        self
    }

    /// Leaves out every row in which a value is missing that the schema does not allow to be missing.
    #[must_use]
    pub fn drop_rows_with_missing(mut self) -> Self {
        self.options.drop_rows_with_missing = true;
        self
    }

    /// A column that the file calls `from` is read as `to`; likewise `from_0`, `from_1`, ..
    ///
    /// Schemas name columns by the field's name or its `rename`; this is for one odd file, and for readers without a
    /// schema. May be called several times.
    #[must_use]
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.options.renames.push((from.into(), to.into()));
        self
    }

    /// Rows with equal values of this column become one sample; called several times, rows that agree in all of them.
    ///
    /// Samples come in the order in which their groups first appear, with new ids. A feature or target becomes the
    /// vector of its group's values; a tag keeps the one value that all rows of the group have. With a schema, a column
    /// of one value a sample keeps that one value too, and an array or a `Vec` takes the values of the group. Groups
    /// must be equally long, but for sequences. The column itself need not be read.
    ///
    /// ```
    /// use modularml::data::{Dtype, Reader, Representation};
    ///
    /// let pulses = Reader::dynamic()
    ///     .features(["voltage"])
    ///     .tags(["cell"])
    ///     .group_by("cell")
    ///     .sort_by("time")
    ///     .columns([
    ///         ("cell", vec!["A", "B", "A", "B"].into()),
    ///         ("time", vec![1i64, 0, 0, 1].into()),
    ///         ("voltage", vec![3.7f32, 3.8, 3.9, 3.5].into()),
    ///     ])?;
    /// assert_eq!(pulses.len(), 2);
    /// let voltage = pulses.view().array("voltage", Representation::Raw, Dtype::F32)?;
    /// assert_eq!(voltage.dims, [2, 2]);
    /// assert_eq!(voltage.numbers, vec![3.9f32, 3.7, 3.8, 3.5].into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn group_by(mut self, column: impl Into<String>) -> Self {
        self.options.grouping.by.push(column.into());
        self
    }

    /// Orders the rows of a group by a column, from low to high; called several times, the first column counts most.
    /// Without it the order is that of the file.
    #[must_use]
    pub fn sort_by(mut self, column: impl Into<String>) -> Self {
        self.options.grouping.sort_by.push(column.into());
        self
    }

    /// Features or targets that have one value a group, as tags do; several values are an error.
    #[must_use]
    pub fn one_per_group<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.options.grouping.one.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Columns of which a sample keeps the value of its group's first row, whatever the others are.
    #[must_use]
    pub fn first_of_group<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.options.grouping.first.extend(keys.into_iter().map(Into::into));
        self
    }

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
        let of_these = |all: &[(String, String)]| {
            all.iter().filter(|(key, _)| domains.iter().any(|(other, _)| other == key)).cloned().collect()
        };
        let options = Options {
            missing: self.options.missing.clone(),
            formats: of_these(&self.options.formats),
            zones: of_these(&self.options.zones),
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
        let Options { formats, zones, grouping, .. } = &self.options;
        let said = formats.iter().map(|(key, _)| ("Reader::time_format", key));
        for (option, key) in said.chain(zones.iter().map(|(key, _)| ("Reader::zone", key))) {
            if schema.column(key).is_none() && !grouping.keys().any(|other| other == key) {
                let keys: Vec<&str> = schema.columns.iter().map(|spec| spec.key).collect();
                let message = Message::new().text(option).text(" names no column of ").name(schema.name).text(": ");
                return Err(Error::Data(message.name(key).did_you_mean(key, &keys).to_string()));
            }
        }
        Ok(())
    }

    fn binder(&self, schema: SchemaSpec) -> Binder {
        Binder::new(schema, self.options.clone())
    }

    /// The declared schema, or what rows say about the named columns.
    fn schema<T: std::borrow::Borrow<Source>>(&self, sources: impl Iterator<Item = Result<T>>) -> Result<SchemaSpec> {
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

    fn wanted(&self) -> Wanted {
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

/// What is wrong with one element of a column.
#[derive(Debug)]
struct Wrong {
    element: Option<usize>,
    problem: String,
}

impl Wrong {
    fn all(problem: String) -> Self {
        Self { element: None, problem }
    }

    fn at(element: usize, problem: String) -> Self {
        Self { element: Some(element), problem }
    }

    /// The error in a column with so many elements a row.
    fn of(self, source: &Source, column: &str, width: usize) -> Error {
        Error::Column {
            file: source.file.to_string(),
            column: column.into(),
            row: self.element.map(|element| element / width.max(1)),
            problem: self.problem,
        }
    }
}
