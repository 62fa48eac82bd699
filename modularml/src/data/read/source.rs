//! Rows as they were found in a file or in memory, before a schema says what they mean.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;

use super::convert::Stored;
use super::numerals::Numerals;
use crate::Error;

/// Successive rows of one file, or of record batches in memory.
#[derive(Clone, Debug)]
pub(in crate::data) struct Source {
    /// The file's name for messages, or "batches".
    pub(super) file: Arc<str>,
    /// The number of rows that stand before these in the file.
    pub(super) first_row: usize,
    /// The columns that were asked for.
    pub(super) batch: RecordBatch,
    /// The names of all columns of the file, those that were not asked for included.
    pub(super) names: Arc<[String]>,
    /// How numbers are written, where every value is text that stands for something else, as in CSV.
    pub(super) numerals: Option<Numerals>,
}

impl Source {
    /// The position of a column among those that were read.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.batch.schema_ref().fields().iter().position(|field| field.name() == name)
    }

    /// What the elements of its columns stand for.
    pub(super) fn stored(&self) -> Stored {
        self.numerals.map_or(Stored::Plain, Stored::Text)
    }

    /// A column's error without its row.
    pub(super) fn refuse(&self, column: &str, problem: String) -> Error {
        Error::Column { file: self.file.to_string(), column: column.into(), row: None, problem }
    }

    /// The same error with its row counted from the beginning of the file.
    pub(super) fn in_file(&self, error: Error) -> Error {
        match error {
            Error::Column { file, column, row: Some(row), problem } => {
                Error::Column { file, column, row: Some(row + self.first_row), problem }
            }
            other => other,
        }
    }
}

pub(super) fn no_rows(file: &str) -> Error {
    Error::Data(format!("{file}: has no rows; at least one is needed"))
}

/// The name of a file in messages.
pub(super) fn shown(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}
