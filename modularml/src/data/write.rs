//! Writing: tables as Arrow record batches.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, FixedSizeBinaryArray, FixedSizeListArray, Float64Array, RecordBatch, UInt32Array,
};
use arrow::buffer::Buffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::buffer::{ColumnData, scaled};
use super::ids::Ids;
use super::parts::{Parts, Starts, joined};
use super::raw::Raw;
use super::table::{Table, TableColumn};
use super::transformed::{Transformed, TransformedValues};
use super::{ColumnSpec, Dtype, Representation, SchemaSpec, gather, ids, ipc, names, sequence};
use crate::text::Shape;
use crate::{Error, Result};

/// How many rows are transformed at once where a form is computed on reading.
const ROWS_AT_ONCE: usize = 8192;
/// How many bytes an id has, as Arrow counts them.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "there are 16")]
const ID_WIDTH: i32 = ids::BYTES as i32;

/// Which rows of a table are written.
#[derive(Clone, Copy)]
pub(super) enum Chosen<'a> {
    All,
    /// Some, whose buffers are shared where they follow one another.
    Some(&'a [u32]),
    /// Some, which no longer hold the others in memory.
    CopyOf(&'a [u32]),
}

/// The chosen columns of a table, of all rows or of some, as one record batch: ids, then each column's raw and, where it is
/// scaled, transformed form. Buffers of whole columns are shared, columns that lie in parts are joined in memory, and
/// windows are copied there.
pub(super) fn record_batch(table: &Table, schema: &SchemaSpec, chosen: Chosen<'_>) -> Result<RecordBatch> {
    let (rows, shared) = match chosen {
        Chosen::All => (None, None),
        Chosen::Some(rows) => (Some(rows), gather::first_of_run(rows)),
        Chosen::CopyOf(rows) => (Some(rows), None),
    };
    rows.map_or_else(|| table.check_unchanged(), |rows| table.check_unchanged_at(rows))?;
    let fail = |error: ArrowError| Error::Data(format!("{}: cannot be written as Arrow: {error}", table.schema.name));
    let places = rows.map(|rows| UInt32Array::from(rows.to_vec()));
    let of_rows = |parts: &[ArrayRef], starts: &Starts| match (parts, &places, shared) {
        ([whole], None, _) => Ok(Arc::clone(whole)),
        ([whole], Some(rows), Some(first)) => Ok(whole.slice(first as usize, rows.len())),
        ([whole], Some(rows), None) => take(whole, rows, None).map_err(fail),
        (parts, ..) => in_turn(table, parts, starts, rows),
    };
    let all = || (0u32..).take(table.len());
    let (ids, starts) = (id_arrays(&table.ids).map_err(fail)?, table.ids.starts());
    let notes = HashMap::from([(names::EXTENSION.to_owned(), names::UUID.to_owned())]);
    let mut fields = vec![Field::new(names::IDS, DataType::FixedSizeBinary(ID_WIDTH), false).with_metadata(notes)];
    let mut arrays: Vec<ArrayRef> = vec![of_rows(&ids, starts)?];
    let all_columns = table.schema.columns.iter().zip(&table.columns);
    for (spec, column) in all_columns.filter(|(spec, _)| schema.column(spec.key).is_some()) {
        let (field, array) = match &column.raw {
            Raw::Stored(stored) => {
                let (field, parts) = raw(spec, stored).map_err(fail)?;
                (field, of_rows(&parts, stored.starts())?)
            }
            Raw::Windowed(windows) => {
                let data = rows.map_or_else(|| windows.data(&all().collect::<Vec<_>>()), |rows| windows.data(rows));
                shaped(spec, Representation::Raw, spec.shape, data.to_arrow()).map_err(fail)?
            }
        };
        fields.push(field);
        arrays.push(array);
        if let Some(transformed) = &column.transformed {
            let form = |values| shaped(spec, Representation::Transformed, transformed.shape, values).map_err(fail);
            let (field, array) = match &transformed.values {
                TransformedValues::Computed(values) => {
                    let (field, array) = form(Arc::new(Float64Array::new(values.clone(), None)))?;
                    (field, of_rows(&[array], &Starts::default())?)
                }
                TransformedValues::OnRead(_) => {
                    let rows = rows.map_or_else(|| all().collect(), <[u32]>::to_vec);
                    form(Arc::new(Float64Array::from(on_read(spec, column, transformed, &rows)?)))?
                }
            };
            fields.push(field);
            arrays.push(array);
        }
    }
    let notes = HashMap::from([(names::SCHEMA.to_owned(), table.schema.name.to_owned())]);
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, notes)), arrays).map_err(fail)
}

/// The ids of each file.
fn id_arrays(ids: &Ids) -> Result<Vec<ArrayRef>, ArrowError> {
    let array = |part: &Buffer| FixedSizeBinaryArray::try_new(ID_WIDTH, part.clone(), None);
    ids.parts().iter().map(|part| Ok(Arc::new(array(part)?) as ArrayRef)).collect()
}

/// Parts one after the other as one array, of all rows or of some.
fn in_turn(table: &Table, parts: &[ArrayRef], starts: &Starts, rows: Option<&[u32]>) -> Result<ArrayRef> {
    // Arrow panics at more text than an array can hold.
    let array = ipc::guarded(|| joined(parts, starts, rows));
    array.map_err(|problem| Error::Data(format!("{}: cannot be written as Arrow: {}", table.schema.name, problem.text)))
}

/// What rows become, without the raw values of all of them in memory beside it.
fn on_read(spec: &ColumnSpec, column: &TableColumn, transformed: &Transformed, rows: &[u32]) -> Result<Vec<f64>> {
    let mut values = Vec::with_capacity(rows.len() * gather::width(transformed.shape)?);
    for rows in rows.chunks(ROWS_AT_ONCE) {
        values.extend(gather::transformed_numbers(spec, &column.raw, transformed, rows)?);
    }
    Ok(values)
}

/// The raw form of a column, part by part.
fn raw(spec: &ColumnSpec, column: &Parts) -> Result<(Field, Vec<ArrayRef>), ArrowError> {
    let (field, first) = raw_part(spec, column.first())?;
    let others = column.iter().skip(1).map(|part| Ok(raw_part(spec, part)?.1));
    let parts = std::iter::once(Ok(first)).chain(others).collect::<Result<_, ArrowError>>()?;
    Ok((field, parts))
}

fn raw_part(spec: &ColumnSpec, data: &ColumnData) -> Result<(Field, ArrayRef), ArrowError> {
    if spec.sequence.is_none() {
        return shaped(spec, Representation::Raw, spec.shape, data.to_arrow());
    }
    let (note, lists) = sequence::to_arrow(spec, data)?;
    let mut notes = notes(spec, Representation::Raw);
    notes.extend(note);
    let name = names::full_name(spec.domain, spec.key, Representation::Raw);
    Ok((Field::new(name, lists.data_type().clone(), false).with_metadata(notes), lists))
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
        scaled(elements, spec.scale)?
    } else {
        let too_many = || ArrowError::InvalidArgumentError(format!("{name}: shape {shape} is too large"));
        let width = shape.elements().and_then(|width| i32::try_from(width).ok()).ok_or_else(too_many)?;
        let item = Arc::new(Field::new("item", elements.data_type().clone(), false));
        notes.insert(names::EXTENSION.into(), names::TENSOR.into());
        notes.insert(names::EXTENSION_METADATA.into(), serde_json::json!({ "shape": shape.axes() }).to_string());
        Arc::new(FixedSizeListArray::try_new(item, width, elements, None)?)
    };
    Ok((Field::new(name, array.data_type().clone(), may_be_null(spec)).with_metadata(notes), array))
}

/// Missing floats are NaN, and arrays have no missing elements of other types, so that the type of a column does not
/// depend on the rows that happen to be in it.
fn may_be_null(spec: &ColumnSpec) -> bool {
    spec.allows_missing && !spec.dtype.is_float() && spec.shape.rank() == 0
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
    if !spec.positions.is_empty() {
        notes.insert(names::POSITIONS.into(), serde_json::json!(spec.positions).to_string());
    }
    if !spec.zone.is_empty() {
        notes.insert(names::ZONE.into(), spec.zone.into());
    }
    if spec.stored_as != spec.key {
        notes.insert(names::STORED_AS.into(), spec.stored_as.into());
    }
    notes
}
