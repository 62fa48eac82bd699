//! The file formats: a file is opened for its columns, and its rows come when they are asked for.

mod compressed;
mod csv;
mod decoded;
mod guess;
mod ipc;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod objects;
#[cfg(feature = "parquet")]
mod parquet;
mod records;
mod text;

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::dialect::Dialect;
use super::layout::Layout;
use super::numerals::Numerals;
use crate::data::beside::open_regular;
use crate::data::ipc::guarded;
use crate::error::Problem;
use crate::{Error, Result};

pub(in crate::data) use compressed::{Method, is_compressed};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Format {
    /// Text, as its dialect says.
    Csv,
    /// An array of JSON objects.
    Json,
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
    /// How numbers are written, where every value is text.
    pub(super) numerals: Option<Numerals>,
    /// How the file is written, where that is told or guessed.
    pub(super) dialect: Option<Dialect>,
    pub(super) read: Read,
}

impl Opened {
    /// A file whose values are of the types of its columns.
    fn typed(schema: SchemaRef, read: Read) -> Self {
        Self { schema, numerals: None, dialect: None, read }
    }
}

impl Format {
    pub(super) fn open(self, path: &Path, layout: &Layout) -> Result<Opened> {
        match self {
            Self::Csv => csv::open(path, layout),
            #[cfg(feature = "json")]
            Self::Json => json::open(path, layout, json::Shape::Array),
            #[cfg(feature = "json")]
            Self::JsonLines => json::open(path, layout, json::Shape::Lines),
            #[cfg(feature = "parquet")]
            Self::Parquet => parquet::open(path),
            Self::Arrow => ipc::open(path),
            // No reader of it can be called.
            #[cfg(not(all(feature = "json", feature = "parquet")))]
            _ => Err(Problem::from("is of a format that is read where a feature of modularml is on").in_file(path)),
        }
    }

    /// Whether it is text, which has an encoding.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json | Self::JsonLines)
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
    until_error(path, move || guarded(|| batches.next().transpose()).map_err(|problem| not_whole(kind, problem)))
}

/// What a reader gives, one batch after the other; after an error there are no more.
fn until_error(path: &Path, mut next: impl FnMut() -> Result<Option<RecordBatch>, Problem> + 'static) -> Batches {
    let path = path.to_owned();
    let mut is_over = false;
    Box::new(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = next().map_err(|problem| problem.in_file(&path));
        is_over = next.is_err();
        next.transpose()
    }))
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Problem::from(error).in_file(path)
}

fn open(path: &Path) -> Result<File> {
    open_regular(path).map_err(|problem| problem.in_file(path))
}

/// What is wrong with a file that is damaged, or of another kind.
fn not_whole(kind: &str, problem: impl Into<Problem>) -> Problem {
    problem.into().of(format_args!("is not a whole {kind} file"))
}

fn unreadable(path: &Path, kind: &str, problem: impl Into<Problem>) -> Error {
    not_whole(kind, problem).in_file(path)
}
