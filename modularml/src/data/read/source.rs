//! Where columns come from: a file or record batches, as one record batch.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::ipc;
use crate::{Error, Result};

/// Columns as they were found.
pub(super) struct Source {
    /// The file's name for messages, or "batches".
    pub(super) file: String,
    pub(super) batch: RecordBatch,
    /// Whether every value is text that stands for something else.
    pub(super) is_csv: bool,
}

impl Source {
    pub(super) fn csv(path: &Path) -> Result<Self> {
        let fail = |error: ArrowError| unreadable(path, "CSV", &error.to_string());
        let mut file = open(path)?;
        let format = Format::default().with_header(true);
        let (header, _) = format.infer_schema(BufReader::new(&mut file), Some(0)).map_err(fail)?;
        // Numbers are parsed later, where the schema says what they should be and an error can name the row.
        let fields = header.fields().iter().map(|field| Field::new(field.name().trim(), DataType::Utf8, true));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        if let Some(twice) = repeated(&schema) {
            let problem = format!("two columns are called `{twice}`; rename one");
            return Err(Error::File { path: path.into(), problem });
        }
        file.rewind().map_err(|error| failed(path, &error))?;
        let reader = ReaderBuilder::new(Arc::clone(&schema)).with_format(format).build(file).map_err(fail)?;
        let batch = join(&schema, reader).map_err(fail)?;
        Ok(Self { file: path.display().to_string(), batch, is_csv: true })
    }

    pub(super) fn parquet(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let read = || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let schema = Arc::clone(builder.schema());
            join(&schema, builder.build()?).map_err(ParquetError::from)
        };
        let batch = guarded(read).and_then(|read| read.map_err(|error| error.to_string()));
        Self::of_file(path, "Parquet", batch)
    }

    pub(super) fn arrow(path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        open(path)?.read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
        let read = || {
            let (schema, batches) = ipc::batches(bytes)?;
            join(&schema, batches.into_iter().map(Ok))
        };
        let batch = guarded(read).and_then(|read| read.map_err(|error| error.to_string()));
        Self::of_file(path, "Arrow IPC", batch)
    }

    fn of_file(path: &Path, kind: &str, batch: Result<RecordBatch, String>) -> Result<Self> {
        match batch {
            Ok(batch) => Ok(Self { file: path.display().to_string(), batch, is_csv: false }),
            Err(problem) => Err(unreadable(path, kind, &problem)),
        }
    }

    pub(super) fn batches(batches: impl IntoIterator<Item = RecordBatch>) -> Result<Self> {
        let batches: Vec<RecordBatch> = batches.into_iter().collect();
        let schema = match batches.first() {
            Some(first) => first.schema(),
            None => return Err(Error::Data("batches: there is none; give at least one with rows".into())),
        };
        let batch =
            join(&schema, batches.into_iter().map(Ok)).map_err(|error| Error::Data(format!("batches: {error}")))?;
        Ok(Self { file: "batches".into(), batch, is_csv: false })
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<&str> {
        self.batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
    }
}

/// Runs a reader of a file format; arrow and parquet panic on some damaged files, which is an error to us.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    // Whatever the reader was working on is dropped with the panic, so nothing half-made can be seen.
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        text.unwrap_or("its parts contradict each other").into()
    })
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.into(), problem: error.to_string() }
}

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|error| failed(path, &error))?;
    if file.metadata().map_err(|error| failed(path, &error))?.is_dir() {
        return Err(Error::File { path: path.into(), problem: "is a folder; give a file".into() });
    }
    Ok(file)
}

fn unreadable(path: &Path, kind: &str, problem: &str) -> Error {
    Error::File { path: path.into(), problem: format!("is not a whole {kind} file: {problem}") }
}

fn repeated(schema: &Schema) -> Option<&str> {
    let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    })
}

/// One batch of all; a single one is not copied.
fn join(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<RecordBatch, ArrowError> {
    let mut batches = batches.collect::<Result<Vec<_>, _>>()?;
    match batches.pop() {
        Some(only) if batches.is_empty() => Ok(only),
        Some(last) => {
            batches.push(last);
            concat_batches(schema, &batches)
        }
        None => Ok(RecordBatch::new_empty(Arc::clone(schema))),
    }
}
