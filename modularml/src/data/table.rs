//! The rows behind FeatureSets and views: columns, ids and the schema that describes them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use uuid::Uuid;

use super::buffer::{ColumnData, Values};
use super::ids::Ids;
use super::parts::Parts;
use super::raw::Raw;
use super::spans::Spans;
use super::store::Mapping;
use super::transformed::Transformed;
use super::{ColumnSpec, SchemaSpec};
use crate::text::Message;
use crate::{Error, Result};

/// Columns of equal length, each row with an id. Never changed once made; clones share all buffers.
#[derive(Debug)]
pub(crate) struct Table {
    pub(super) schema: SchemaSpec,
    pub(super) columns: Vec<TableColumn>,
    pub(super) ids: Ids,
    by_id: OnceLock<HashMap<Uuid, u32>>,
    /// The files into which the buffers point, when they are not in memory: one for each part of the ids.
    mappings: Arc<[Arc<Mapping>]>,
    /// Which rows of recordings the rows are windows of, where they are some.
    spans: Option<Arc<Spans>>,
}

/// A column of a table in its forms.
#[derive(Clone, Debug)]
pub(super) struct TableColumn {
    pub(super) raw: Raw,
    /// The scaled values of every row, when the column is scaled; in f64, as scalers compute.
    pub(super) transformed: Option<Transformed>,
}

impl Table {
    /// A table of columns that have been checked against the schema, as many elements each as the ids demand.
    pub(super) fn new(schema: SchemaSpec, columns: Vec<TableColumn>, ids: Ids) -> Self {
        Self { schema, columns, ids, by_id: OnceLock::new(), mappings: Arc::default(), spans: None }
    }

    /// The same of columns and ids that point into mapped files.
    pub(super) fn mapped(schema: SchemaSpec, columns: Vec<TableColumn>, ids: Ids, mappings: &[Arc<Mapping>]) -> Self {
        Self { mappings: mappings.into(), ..Self::new(schema, columns, ids) }
    }

    /// The same of windows over the rows of another table, whose files stay open.
    pub(super) fn of_windows(self, spans: Spans, over: &Self) -> Self {
        Self { mappings: Arc::clone(&over.mappings), spans: Some(Arc::new(spans)), ..self }
    }

    /// Which rows of recordings the rows are windows of, where they are some.
    pub(super) fn spans(&self) -> Option<&Spans> {
        self.spans.as_deref()
    }

    /// The files into which the buffers point.
    pub(super) fn mappings(&self) -> &[Arc<Mapping>] {
        &self.mappings
    }

    /// Whether the rows are in files rather than in memory, so that what is computed of all of them may not fit.
    pub(super) fn is_mapped(&self) -> bool {
        !self.mappings.is_empty()
    }

    /// Refuses a mapped file that is no longer what was opened; every read of all rows begins with it.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        self.mappings.iter().try_for_each(|mapping| mapping.check_unchanged())
    }

    /// Refuses such a file where one of some rows lies in it; every read of rows begins with it. The other files are left
    /// alone, since a set may have hundreds of them and a batch rows of a few.
    pub(super) fn check_unchanged_at(&self, rows: &[u32]) -> Result<()> {
        if self.mappings.len() < 2 {
            return self.check_unchanged();
        }
        let touched = match self.spans() {
            Some(spans) => spans.touched(rows),
            None => self.ids.starts().touched(rows),
        };
        let read = self.mappings.iter().zip(touched).filter(|(_, is_touched)| *is_touched);
        read.map(|(mapping, _)| mapping).try_for_each(|mapping| mapping.check_unchanged())
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The row of an id; the index is made at the first call.
    pub(super) fn row_of(&self, id: Uuid) -> Option<u32> {
        let by_id = self.by_id.get_or_init(|| (0u32..).zip(self.ids.all()).map(|(row, id)| (id, row)).collect());
        by_id.get(&id).copied()
    }

    /// The description and the data of a column, of which no value is read yet: what reads some checks the files first.
    pub(super) fn column(&self, key: &str) -> Result<(&'static ColumnSpec, &TableColumn)> {
        let found = self.schema.columns.iter().zip(&self.columns).find(|(spec, _)| spec.key == key);
        found.ok_or_else(|| {
            let keys: Vec<&str> = self.schema.columns.iter().map(|spec| spec.key).collect();
            let message = Message::new().text("no column ").name(key).text(" in ").name(self.schema.name);
            let problem = format!("{}; columns: {}", message.did_you_mean(key, &keys), keys.join(", "));
            Error::Unknown { what: "column", name: key.to_owned(), problem }
        })
    }

    /// The same table in which one column has another transformed form.
    pub(super) fn with_transformed(&self, key: &str, transformed: &Transformed, encodes: bool) -> Result<Self> {
        let (spec, _) = self.column(key)?;
        spec.refuse_scaling(encodes)?;
        transformed.check_rows(spec, self.len())?;
        let mut columns = self.columns.clone();
        for (spec, column) in self.schema.columns.iter().zip(&mut columns) {
            if spec.key == key {
                column.transformed = Some(transformed.clone());
            }
        }
        Ok(self.with_columns(self.schema, columns))
    }

    /// The same rows with other columns, some of which may still point into the mapped files.
    pub(super) fn with_columns(&self, schema: SchemaSpec, columns: Vec<TableColumn>) -> Self {
        let (by_id, mappings, spans) = (self.by_id.clone(), Arc::clone(&self.mappings), self.spans.clone());
        Self { by_id, mappings, spans, ..Self::new(schema, columns, self.ids.clone()) }
    }
}

impl TableColumn {
    /// The buffers of the raw values, for what reads one value a row.
    pub(super) fn parts(&self, spec: &ColumnSpec) -> Result<&Parts> {
        self.raw.stored().ok_or_else(|| {
            Error::Data(format!(
                "column `{}` holds windows of {}; read it as an array, or copy it by to_feature_set()",
                spec.key, spec.shape
            ))
        })
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.schema == other.schema && self.ids == other.ids && self.columns == other.columns
    }
}

impl PartialEq for TableColumn {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw && self.transformed == other.transformed
    }
}

/// Equality of bits, so that a missing number equals itself.
impl PartialEq for ColumnData {
    fn eq(&self, other: &Self) -> bool {
        let same_values = match (&self.values, &other.values) {
            (Values::Bool(a), Values::Bool(b)) => a == b,
            (Values::Text(a), Values::Text(b)) => a == b,
            (a, b) => a.dtype() == b.dtype() && a.bytes() == b.bytes(),
        };
        same_values && self.nulls == other.nulls && self.lengths == other.lengths
    }
}
