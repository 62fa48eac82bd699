//! The rows of files, part by part.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::dialect::Dialect;
use super::encoding::{plain_columns, plain_schema};
use super::files::{Batches, Format};
use super::layout::Layout;
use super::locate::Wanted;
use super::numerals::Numerals;
use super::source::{Source, no_rows, shown};
use super::structs::Fields;
use crate::error::Problem;
use crate::{Error, Result};

/// The rows of one file after the other, at most so many at a time; after an error there are no more.
pub(in crate::data) struct Chunks {
    paths: std::vec::IntoIter<PathBuf>,
    format: Format,
    rows: usize,
    wanted: Wanted,
    layout: Layout,
    current: Option<OpenFile>,
    /// The first file and its columns, with which the others must agree.
    first: Option<(Arc<str>, SchemaRef)>,
    /// How the first file is written.
    dialect: Option<Dialect>,
    is_over: bool,
}

struct OpenFile {
    file: Arc<str>,
    names: Arc<[String]>,
    batches: Batches,
    schema: SchemaRef,
    numerals: Option<Numerals>,
    fields: Fields,
    /// Which of the fields are read.
    positions: Vec<usize>,
    rows: usize,
}

impl Chunks {
    pub(in crate::data) fn new(
        paths: Vec<PathBuf>,
        format: Format,
        rows: usize,
        wanted: Wanted,
        layout: Layout,
    ) -> Self {
        Self {
            paths: paths.into_iter(),
            format,
            rows,
            wanted,
            layout,
            current: None,
            first: None,
            dialect: None,
            is_over: false,
        }
    }

    /// How the first file is written, where it is text of a dialect.
    pub(super) fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    fn advance(&mut self) -> Result<Option<Source>> {
        loop {
            let mut open = match self.current.take() {
                Some(open) => open,
                None => match self.paths.next() {
                    Some(path) => self.open(&path)?,
                    None if self.first.is_none() => {
                        return Err(Error::Data("the list of files is empty; give at least one".into()));
                    }
                    None => return Ok(None),
                },
            };
            match open.batches.next().transpose()? {
                Some(batch) if batch.num_rows() == 0 => self.current = Some(open),
                Some(batch) => {
                    let first_row = open.rows;
                    open.rows += batch.num_rows();
                    let columns = open.fields.take(&open.positions, &batch);
                    let columns = columns.and_then(|columns| plain_columns(&columns, &open.schema));
                    let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::clone(&open.schema), columns));
                    let batch = batch.map_err(|error| Error::Data(format!("{}: {error}", open.file)))?;
                    let (file, names, numerals) = (Arc::clone(&open.file), Arc::clone(&open.names), open.numerals);
                    self.current = Some(open);
                    return Ok(Some(Source { file, first_row, batch, names, numerals }));
                }
                None if open.rows == 0 => return Err(no_rows(&open.file)),
                None => {}
            }
        }
    }

    fn open(&mut self, path: &std::path::Path) -> Result<OpenFile> {
        let opened = self.format.open(path, &self.layout)?;
        let file = shown(path);
        let fail = |problem: Problem| problem.in_file(path);
        let fields = Fields::of(&opened.schema);
        let flat = fields.schema(&opened.schema);
        if flat.fields().is_empty() {
            return Err(no_rows(&file));
        }
        let schema = self.wanted.renamed(&flat).map_err(fail)?;
        let names: Arc<[String]> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let positions = self.wanted.positions(&names);
        let schema = schema.project(&positions).map_err(|error| fail(error.to_string().into()))?;
        let schema = Arc::new(plain_schema(&schema));
        if let Some((first, expected)) = &self.first {
            if let Some(problem) = difference(self.format, first, expected, &schema) {
                return Err(fail(problem.into()));
            }
        } else {
            self.first = Some((Arc::clone(&file), Arc::clone(&schema)));
            self.dialect = opened.dialect;
        }
        let batches = (opened.read)(&fields.columns(&positions), self.rows)?;
        Ok(OpenFile { file, names, batches, schema, numerals: opened.numerals, fields, positions, rows: 0 })
    }
}

impl Iterator for Chunks {
    type Item = Result<Source>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.advance().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// In what the columns of a file are not those of the first.
fn difference(format: Format, first: &str, expected: &Schema, found: &Schema) -> Option<String> {
    for field in expected.fields() {
        let name = field.name();
        let Ok(other) = found.field_with_name(name) else {
            return Some(format!("has no column `{name}`, which {first} has; files of one set have the same columns"));
        };
        if format.has_types() && other.data_type() != field.data_type() {
            let (this, that) = (other.data_type(), field.data_type());
            return Some(format!(
                "column `{name}` is {this}, in {first} it is {that}; files of one set have the same types"
            ));
        }
    }
    let surplus = found.fields().iter().find(|field| expected.field_with_name(field.name()).is_err())?;
    let name = surplus.name();
    Some(format!("has a column `{name}`, which {first} has not; files of one set have the same columns"))
}

/// Record batches in memory, as `origin` calls them.
pub(super) fn batches(
    origin: &str,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    wanted: &Wanted,
) -> Result<Vec<Source>> {
    let fail = |problem: String| Error::Data(format!("{origin}: {problem}"));
    let mut sources: Vec<Source> = Vec::new();
    let mut rows = 0;
    for (number, batch) in batches.into_iter().enumerate() {
        let batch = batch.and_then(|batch| Fields::flat(&batch));
        let batch = batch.map_err(|error| fail(format!("batch {number}: {error}")))?;
        let batch = wanted.rename(batch).map_err(|problem| fail(problem.text))?;
        let schema = plain_schema(batch.schema_ref());
        let columns = plain_columns(batch.columns(), &schema);
        let batch = columns.and_then(|columns| RecordBatch::try_new(Arc::new(schema), columns));
        let batch = batch.map_err(|error| fail(error.to_string()))?;
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
        sources.push(Source { file: origin.into(), first_row, batch, names, numerals: None });
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
