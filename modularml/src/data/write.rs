//! Writing: tables as Arrow record batches and IPC files.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, FixedSizeBinaryArray, FixedSizeListArray, Float64Array, RecordBatch};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;

use super::table::Table;
use super::{ColumnSpec, Dtype, Representation, Shape, names, sequence};
use crate::{Error, Result};

/// The table as one record batch: ids, then each column's raw and, where it is scaled, transformed form.
pub(super) fn record_batch(table: &Table) -> Result<RecordBatch> {
    build(table).map_err(|error| Error::Data(format!("{}: cannot be written as Arrow: {error}", table.schema.name)))
}

fn build(table: &Table) -> Result<RecordBatch, ArrowError> {
    let ids = FixedSizeBinaryArray::try_from_iter(table.ids.iter().map(uuid::Uuid::as_bytes))?;
    let uuid = HashMap::from([(names::EXTENSION.to_owned(), names::UUID.to_owned())]);
    let mut fields = vec![Field::new(names::IDS, ids.data_type().clone(), false).with_metadata(uuid)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(ids)];
    for (spec, column) in table.schema.columns.iter().zip(&table.columns) {
        let (field, array) = if spec.sequence.is_some() {
            let (note, lists) = sequence::to_arrow(spec, &column.raw)?;
            let mut notes = notes(spec, Representation::Raw);
            notes.extend(note);
            let name = names::full_name(spec.domain, spec.key, Representation::Raw);
            (Field::new(name, lists.data_type().clone(), false).with_metadata(notes), lists)
        } else {
            shaped(spec, Representation::Raw, spec.shape, column.raw.to_arrow())?
        };
        fields.push(field);
        arrays.push(array);
        if let Some(transformed) = &column.transformed {
            let values = Arc::new(Float64Array::new(transformed.values.clone(), None));
            let (field, array) = shaped(spec, Representation::Transformed, transformed.shape, values)?;
            fields.push(field);
            arrays.push(array);
        }
    }
    let notes = HashMap::from([(names::SCHEMA.to_owned(), table.schema.name.to_owned())]);
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, notes)), arrays)
}

/// The elements as one value a row, under the column's full name.
fn shaped(
    spec: &ColumnSpec,
    form: Representation,
    shape: Shape,
    elements: ArrayRef,
) -> Result<(Field, ArrayRef), ArrowError> {
    let name = names::full_name(spec.domain, spec.key, form);
    let mut notes = notes(spec, form);
    let array = if shape.rank() == 0 {
        elements
    } else {
        let too_many = || ArrowError::InvalidArgumentError(format!("{name}: shape {shape} is too large"));
        let width = shape.elements().and_then(|width| i32::try_from(width).ok()).ok_or_else(too_many)?;
        let item = Arc::new(Field::new("item", elements.data_type().clone(), elements.null_count() > 0));
        notes.insert(names::EXTENSION.into(), names::TENSOR.into());
        notes.insert(names::EXTENSION_METADATA.into(), serde_json::json!({ "shape": shape.axes() }).to_string());
        Arc::new(FixedSizeListArray::try_new(item, width, elements, None)?)
    };
    Ok((Field::new(name, array.data_type().clone(), array.null_count() > 0).with_metadata(notes), array))
}

fn notes(spec: &ColumnSpec, form: Representation) -> HashMap<String, String> {
    let mut notes = HashMap::new();
    if form == Representation::Transformed {
        return notes;
    }
    if spec.dtype == Dtype::Class {
        notes.insert(names::CLASSES.into(), serde_json::json!(spec.classes).to_string());
    }
    if spec.allows_missing {
        notes.insert(names::MISSING.into(), "allow".into());
    }
    if spec.groups {
        notes.insert(names::GROUPS.into(), "true".into());
    }
    if spec.stored_as != spec.key {
        notes.insert(names::STORED_AS.into(), spec.stored_as.into());
    }
    notes
}

/// Writes an uncompressed Arrow IPC file, whole or not at all.
///
/// The file may be mapped by another process: it is written beside its place, brought to the disk and moved there.
pub(super) fn ipc_file(batch: &RecordBatch, path: &Path) -> Result<()> {
    let fail = |problem: String| Error::File { path: path.into(), problem };
    let Some(name) = path.file_name() else { return Err(fail("is no file name".into())) };
    let mut beside = name.to_owned();
    beside.push(format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
    let beside = path.with_file_name(beside);
    let written = write(batch, &beside)
        .map_err(|error| fail(error.to_string()))
        .and_then(|()| std::fs::rename(&beside, path).map_err(|error| fail(error.to_string())));
    if written.is_err() {
        // The first error is the one to tell; a file that was never made cannot be removed either.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn write(batch: &RecordBatch, path: &Path) -> Result<(), ArrowError> {
    let file = File::create_new(path)?;
    let mut writer = FileWriter::try_new(BufWriter::new(file), batch.schema_ref())?;
    writer.write(batch)?;
    writer.finish()?;
    let file = writer.into_inner()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(())
}
