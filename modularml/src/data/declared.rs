//! The same rows with columns as another schema declares them.

use std::sync::Arc;

use super::read::Reader;
use super::table::{Table, TableColumn};
use super::{ColumnSpec, Dynamic, FeatureSet, SampleSchema, SchemaSpec, View, write};
use crate::{Error, Result};

impl FeatureSet<Dynamic> {
    /// The same data under the schema `S`, which is checked against it; ids stay. Columns that are as `S` declares them
    /// are shared, and stay in their file where it is mapped; others are converted as a reader would.
    ///
    /// # Errors
    /// When the data is not what `S` declares.
    pub fn typed<S: SampleSchema>(&self) -> Result<FeatureSet<S>> {
        if self.table().schema == S::SCHEMA {
            return Ok(FeatureSet::sharing(self.table()));
        }
        let columns = declared(self.table(), S::SCHEMA.name, S::SCHEMA.columns)?;
        Ok(FeatureSet::of(self.table().with_columns(S::SCHEMA, columns)))
    }
}

impl View {
    /// The same rows with those of the declared columns that are there as they are declared, converted where they are of
    /// another type or have other classes, by name. Further columns stay as they are.
    ///
    /// # Errors
    /// When a column is of another shape, or its values are not of the declared type or classes.
    pub(crate) fn declared_as(&self, declared_by: &SchemaSpec) -> Result<Self> {
        let mut differ = Vec::new();
        for wanted in declared_by.columns {
            let Some(found) = self.schema.column(wanted.key) else { continue };
            if !found.shape.same(&wanted.shape) {
                return Err(Error::Data(format!(
                    "column `{}` has shape {}, `{}` declares {}",
                    wanted.key, found.shape, declared_by.name, wanted.shape
                )));
            }
            let wanted = ColumnSpec { domain: found.domain, sequence: found.sequence, ..*wanted };
            if !is_same(found, &wanted) {
                differ.push(wanted);
            }
        }
        if differ.is_empty() {
            return Ok(self.clone());
        }
        let columns = declared(&self.table, declared_by.name, &differ)?;
        let replaced = |spec: &ColumnSpec, column: &TableColumn| {
            let new = differ.iter().zip(&columns).find(|(new, _)| new.key == spec.key);
            new.map_or_else(|| (*spec, column.clone()), |(spec, column)| (*spec, column.clone()))
        };
        let both = self.table.schema.columns.iter().zip(&self.table.columns);
        let (specs, columns): (Vec<_>, _) = both.map(|(spec, column)| replaced(spec, column)).unzip();
        let selected = specs.iter().copied().filter(|spec| self.schema.column(spec.key).is_some()).collect();
        let table = self.table.with_columns(SchemaSpec::at_run_time(self.table.schema.name, specs), columns);
        let schema = SchemaSpec::at_run_time(self.schema.name, selected);
        Ok(Self { table: Arc::new(table), schema, ..self.clone() })
    }
}

/// The columns of a table as they are declared: shared where they are so already, else converted as a reader would.
fn declared(table: &Table, by: &str, wanted: &[ColumnSpec]) -> Result<Vec<TableColumn>> {
    table.check_unchanged()?;
    let shared = |wanted: &ColumnSpec| {
        let (spec, column) = table.column(wanted.key).ok()?;
        is_same(spec, wanted).then(|| column.clone())
    };
    let others: Vec<_> = wanted.iter().copied().filter(|wanted| shared(wanted).is_none()).collect();
    let mut converted = Vec::new().into_iter();
    if !others.is_empty() {
        // Windows that are shared are not copied, be they larger than memory.
        let both = table.schema.columns.iter().zip(&table.columns);
        let read = both
            .filter(|(spec, column)| column.raw.stored().is_some() || others.iter().any(|other| other.key == spec.key));
        let read = SchemaSpec::at_run_time(table.schema.name, read.map(|(spec, _)| *spec).collect());
        let others = SchemaSpec::at_run_time(by, others);
        let set = Reader::with_schema(others).batches([write::record_batch(table, &read, write::Chosen::All)?])?;
        converted = set.table().columns.clone().into_iter();
    }
    Ok(wanted.iter().filter_map(|wanted| shared(wanted).or_else(|| converted.next())).collect())
}

/// Whether values under one description are as the other demands; what they are called in files does not matter.
fn is_same(found: &ColumnSpec, wanted: &ColumnSpec) -> bool {
    let ColumnSpec { stored_as, groups, allows_missing, positions, format, zone, twice, .. } = *wanted;
    let accepts_missing = allows_missing || !found.allows_missing;
    let is_as_demanded =
        ColumnSpec { stored_as, positions, allows_missing, groups, format, zone, twice, ..*found } == *wanted;
    accepts_missing && wanted.has_positions_of(found) && is_as_demanded
}
