//! The file formats: a file is opened for its columns, and its rows come when they are asked for.

mod csv;
mod ipc;
mod json_lines;
mod parquet;
mod quotes;

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::data::ipc::guarded;
use crate::error::Problem;
use crate::{Error, Result};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Format {
    /// Text with a header line.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's IPC file.
    Arrow,
}

/// Rows of a file, in order.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch>>>;

/// Reads the columns at some positions, at most so many rows at a time.
type Read = Box<dyn FnOnce(&[usize], usize) -> Result<Batches>>;

/// A file whose columns are known.
pub(super) struct Opened {
    /// All columns.
    pub(super) schema: SchemaRef,
    pub(super) read: Read,
}

impl Format {
    pub(super) fn open(self, path: &Path) -> Result<Opened> {
        match self {
            Self::Csv => csv::open(path),
            Self::JsonLines => json_lines::open(path),
            Self::Parquet => parquet::open(path),
            Self::Arrow => ipc::open(path),
        }
    }

    /// Whether every value is text that stands for something else.
    pub(super) fn is_text(self) -> bool {
        self == Self::Csv
    }

    /// Whether the file itself says which types its columns have.
    pub(super) fn has_types(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// The batches of a reader that may panic; after an error there are no more.
fn guarded_batches<E: std::fmt::Display + 'static>(
    path: &Path,
    kind: &'static str,
    mut batches: impl Iterator<Item = Result<RecordBatch, E>> + 'static,
) -> Batches {
    let path = path.to_owned();
    let mut is_over = false;
    Box::new(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = guarded(|| batches.next().transpose()).map_err(|problem| unreadable(&path, kind, problem));
        is_over = next.is_err();
        next.transpose()
    }))
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Problem::from(error).in_file(path)
}

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    if file.metadata().map_err(|error| failed(path, error))?.is_dir() {
        return Err(Problem::from("is a folder; give a file").in_file(path));
    }
    Ok(file)
}

fn unreadable(path: &Path, kind: &str, problem: impl Into<Problem>) -> Error {
    problem.into().of(format_args!("is not a whole {kind} file")).in_file(path)
}
