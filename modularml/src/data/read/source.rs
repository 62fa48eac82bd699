//! Rows as they were found in a file or in memory, before a schema says what they mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::chunks::Chunks;
use super::convert::Stored;
use super::files::Format;
use super::locate::Wanted;
use crate::{Error, Result};

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
    /// Whether every value is text that stands for something else, as in CSV.
    pub(super) is_text: bool,
}

impl Source {
    /// The rows of files, at most so many at a time, so that files larger than memory can be gone through.
    ///
    /// Only the wanted columns are read. Each file is opened when its first rows are asked for.
    pub(in crate::data) fn chunks(paths: Vec<PathBuf>, format: Format, rows: usize, wanted: Wanted) -> Chunks {
        Chunks::new(paths, format, rows, wanted)
    }

    /// Record batches in memory, as `origin` calls them.
    pub(super) fn batches(
        origin: &str,
        batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
        wanted: &Wanted,
    ) -> Result<Vec<Self>> {
        let fail = |problem: String| Error::Data(format!("{origin}: {problem}"));
        let mut sources: Vec<Self> = Vec::new();
        let mut rows = 0;
        for (number, batch) in batches.into_iter().enumerate() {
            let batch = batch.map_err(|error| fail(format!("batch {number}: {error}")))?;
            let batch = wanted.rename(batch).map_err(fail)?;
            if let Some(first) = sources.first() {
                let (first, this) = (first.batch.schema(), batch.schema());
                let differs = first.fields().iter().zip(this.fields()).find(|(a, b)| a.data_type() != b.data_type());
                if let Some((a, b)) = differs {
                    let (name, a, b) = (b.name(), a.data_type(), b.data_type());
                    return Err(fail(format!("batch {number}: column `{name}` is {b}, in batch 0 it is {a}")));
                }
                if first.fields().iter().map(|field| field.name()).ne(this.fields().iter().map(|field| field.name())) {
                    return Err(fail(format!("batch {number}: has other columns than batch 0; give them the same")));
                }
            }
            let first_row = rows;
            rows += batch.num_rows();
            let names = batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
            sources.push(Self { file: origin.into(), first_row, batch, names, is_text: false });
        }
        if sources.is_empty() {
            return Err(fail("there is none; give at least one with rows".into()));
        }
        if rows == 0 {
            return Err(no_rows(origin));
        }
        sources.retain(|source| source.batch.num_rows() > 0);
        Ok(sources)
    }

    /// The position of a column among those that were read.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.batch.schema_ref().fields().iter().position(|field| field.name() == name)
    }

    /// What the elements of its columns stand for.
    pub(super) fn stored(&self) -> Stored {
        if self.is_text { Stored::AsText } else { Stored::AsIs }
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
