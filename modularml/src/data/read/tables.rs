//! Tables of a reader's rows, part by part, and one table of them all.

use std::sync::Arc;

use super::bind::{Binder, nothing_left};
use super::join;
use super::source::Source;
use crate::data::table::Table;
use crate::data::{SchemaSpec, check};
use crate::{Error, Result};

/// Tables of successive rows, checked against one schema; after an error there are no more.
pub(in crate::data) struct Tables {
    binder: Binder,
    sources: Box<dyn Iterator<Item = Result<Source>>>,
    file: Option<Arc<str>>,
    /// How many rows were read, and how many of them are in tables.
    rows: usize,
    kept: usize,
    is_over: bool,
}

impl Tables {
    pub(super) fn new(binder: Binder, sources: Box<dyn Iterator<Item = Result<Source>>>) -> Self {
        Self { binder, sources, file: None, rows: 0, kept: 0, is_over: false }
    }

    /// The schema of all tables.
    pub(in crate::data) fn schema(&self) -> SchemaSpec {
        self.binder.schema
    }

    /// All rows as one table.
    pub(super) fn join(self) -> Result<Table> {
        let schema = self.schema();
        let tables = self.collect::<Result<Vec<_>>>()?;
        join::tables(schema, tables)
    }

    fn advance(&mut self) -> Result<Option<Table>> {
        for source in self.sources.by_ref() {
            let source = source?;
            self.rows += source.batch.num_rows();
            self.file.get_or_insert(Arc::clone(&source.file));
            if let Some(table) = self.binder.table(&source)? {
                self.kept += table.len();
                check::row_count(&source.file, self.kept)?;
                return Ok(Some(table));
            }
        }
        match (&self.file, self.kept) {
            (Some(file), 0) => Err(nothing_left(file, self.rows)),
            _ => Ok(None),
        }
    }
}

impl Iterator for Tables {
    type Item = Result<Table, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.advance().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}
