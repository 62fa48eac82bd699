//! Reading: files and record batches become tables that are checked against a schema.

mod bind;
mod convert;
mod flatten;
mod ids;
mod infer;
mod ipc;
mod locate;
mod source;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;
use std::path::Path;

use arrow::array::RecordBatch;

use super::{Domain, Dynamic, FeatureSet, SampleSchema, SchemaSpec};
use crate::{Error, Result};
use source::Source;

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
/// - A class is its index or its name.
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

#[derive(Clone, Debug, Default)]
struct Options {
    /// Texts that mean a missing value, beside the empty one.
    missing: Vec<String>,
    drop_rows_with_missing: bool,
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

    /// Leaves out every row in which a value is missing that the schema does not allow to be missing.
    #[must_use]
    pub fn drop_rows_with_missing(mut self) -> Self {
        self.options.drop_rows_with_missing = true;
        self
    }

    /// Reads a CSV file with a header line.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what the schema declares.
    pub fn csv(&self, path: impl AsRef<Path>) -> Result<FeatureSet<S>> {
        self.bind(&Source::csv(path.as_ref())?)
    }

    /// Reads a Parquet file, uncompressed or compressed with Snappy.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what the schema declares.
    pub fn parquet(&self, path: impl AsRef<Path>) -> Result<FeatureSet<S>> {
        self.bind(&Source::parquet(path.as_ref())?)
    }

    /// Reads an Arrow IPC file, uncompressed (also known as Feather version 2).
    ///
    /// # Errors
    /// When the file cannot be read or does not hold what the schema declares.
    pub fn arrow(&self, path: impl AsRef<Path>) -> Result<FeatureSet<S>> {
        self.bind(&Source::arrow(path.as_ref())?)
    }

    /// Takes record batches; buffers that already have the right type are shared, not copied.
    ///
    /// # Errors
    /// When there is no batch, or the batches do not hold what the schema declares.
    pub fn batches(&self, batches: impl IntoIterator<Item = RecordBatch>) -> Result<FeatureSet<S>> {
        self.bind(&Source::batches(batches)?)
    }

    fn bind(&self, source: &Source) -> Result<FeatureSet<S>> {
        let schema = match &self.declared {
            Declared::Schema(schema) => *schema,
            Declared::Domains(domains) => infer::schema(source, domains, &self.options)?,
        };
        Ok(FeatureSet::of(bind::table(schema, source, &self.options)?))
    }
}

/// A column's error without its row.
fn refuse(source: &Source, column: &str, problem: String) -> Error {
    Error::Column { file: source.file.clone(), column: column.into(), row: None, problem }
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
            file: source.file.clone(),
            column: column.into(),
            row: self.element.map(|element| element / width.max(1)),
            problem: self.problem,
        }
    }
}
