//! Columns of structs, such as nested objects of JSON, as columns of their fields: `pulse.voltage`.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::nullif;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::error::ArrowError;

/// The columns of a file, with the fields of structs in place of these.
pub(super) struct Fields {
    fields: Vec<FieldRef>,
    /// Where each stands: a column of the file, and the fields that lead to it.
    places: Vec<Vec<usize>>,
}

impl Fields {
    pub(super) fn of(schema: &Schema) -> Self {
        let mut all = Self { fields: Vec::new(), places: Vec::new() };
        for (position, field) in schema.fields().iter().enumerate() {
            all.add(field, field.name().clone(), vec![position], field.is_nullable());
        }
        all
    }

    fn add(&mut self, field: &FieldRef, name: String, place: Vec<usize>, is_nullable: bool) {
        let DataType::Struct(inner) = field.data_type() else {
            let is_same = &name == field.name();
            let own = || Arc::new(Field::clone(field).with_name(name).with_nullable(is_nullable));
            self.fields.push(if is_same { Arc::clone(field) } else { own() });
            self.places.push(place);
            return;
        };
        for (position, field) in inner.iter().enumerate() {
            let place = place.iter().copied().chain([position]).collect();
            self.add(field, format!("{name}.{}", field.name()), place, is_nullable || field.is_nullable());
        }
    }

    /// Rows in memory with the fields of structs in place of these.
    pub(super) fn flat(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let fields = Self::of(batch.schema_ref());
        let all: Vec<usize> = (0..fields.fields.len()).collect();
        // Where all of them are without fields, rows are still counted.
        let kept = batch.project(&fields.columns(&all))?;
        let columns = fields.take(&all, &kept)?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(fields.schema(batch.schema_ref())), columns, &options)
    }

    /// The columns and the notes of the file.
    pub(super) fn schema(&self, file: &Schema) -> Schema {
        Schema::new_with_metadata(self.fields.clone(), file.metadata().clone())
    }

    /// The columns of the file in which some columns stand, from left to right.
    pub(super) fn columns(&self, positions: &[usize]) -> Vec<usize> {
        let places = positions.iter().filter_map(|&position| self.places.get(position)?.first().copied());
        let mut columns: Vec<usize> = places.collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Takes some columns out of rows that have those of the file in which they stand.
    pub(super) fn take(&self, positions: &[usize], batch: &RecordBatch) -> Result<Vec<ArrayRef>, ArrowError> {
        let columns = self.columns(positions);
        let lost = || ArrowError::SchemaError("a column is not where the file has it".into());
        let taken = positions.iter().map(|&position| {
            let (first, inner) = self.places.get(position).and_then(|place| place.split_first()).ok_or_else(lost)?;
            let at = columns.binary_search(first).map_err(|_| lost())?;
            let mut array = Arc::clone(batch.columns().get(at).ok_or_else(lost)?);
            for &field in inner {
                let structs = array.as_struct_opt().ok_or_else(lost)?;
                let values = structs.columns().get(field).ok_or_else(lost)?;
                // Where a struct is missing its fields are, whatever stands there.
                array = match structs.nulls().filter(|nulls| nulls.null_count() > 0) {
                    Some(nulls) => nullif(values, &BooleanArray::new(!nulls.inner(), None))?,
                    None => Arc::clone(values),
                };
            }
            Ok(array)
        });
        taken.collect()
    }
}
