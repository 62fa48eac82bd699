//! Arrays whose elements stand in a column of the file each: columns become rows.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, ArrowPrimitiveType, AsArray as _, PrimitiveArray, UInt64Array};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{Float32Type, Float64Type};

use super::convert;
use super::convert::Conversion;
use super::source::Source;
use crate::Result;
use crate::data::{ColumnSpec, SchemaSpec, gather};

/// How many rows are filled from all columns before the next rows are: so many fit a processor's first cache.
const BLOCK: usize = 64;

/// The elements of an array column in row-major order, from one column of the file an element.
pub(super) fn elements(
    schema: &SchemaSpec,
    spec: &ColumnSpec,
    positions: &[usize],
    source: &Source,
    conversion: &Conversion,
) -> Result<ArrayRef> {
    let width = gather::width(spec.shape)?;
    if positions.len() != width {
        let (found, name, declared) = (positions.len(), spec.stored_as, spec.shape);
        let problem = format!(
            "the file has {found} columns `{name}_0`, `{name}_1`, .., `{}` declares {declared}, which takes {width}; \
             change the schema or the file",
            schema.name
        );
        return Err(source.refuse(name, problem));
    }
    let mut columns = Vec::with_capacity(width);
    for &position in positions {
        let name = source.batch.schema_ref().field(position).name();
        let converted = convert::elements(source.batch.column(position), spec, source.stored(), conversion);
        columns.push(converted.map_err(|wrong| wrong.of(&source.file, name, 1))?);
    }
    if let Some(rows) = floats::<Float32Type>(&columns).or_else(|| floats::<Float64Type>(&columns)) {
        return Ok(rows);
    }
    let (rows, width) = (source.batch.num_rows() as u64, width as u64);
    let row_major: UInt64Array =
        (0..rows).flat_map(|row| (0..width).map(move |element| element * rows + row)).map(Some).collect();
    let parts: Vec<&dyn arrow::array::Array> = columns.iter().map(AsRef::as_ref).collect();
    concat(&parts)
        .and_then(|columns| take(&columns, &row_major, None))
        .map_err(|error| source.refuse(spec.stored_as, error.to_string()))
}

/// The columns as rows, when they are floats of that type.
fn floats<T: ArrowPrimitiveType>(columns: &[ArrayRef]) -> Option<ArrayRef> {
    let columns: Vec<&PrimitiveArray<T>> =
        columns.iter().map(|column| column.as_primitive_opt()).collect::<Option<_>>()?;
    let (rows, width) = (columns.first()?.len(), columns.len());
    let mut values = vec![T::Native::default(); rows * width];
    for (block, rows) in values.chunks_mut(BLOCK * width).enumerate() {
        let start = block * BLOCK;
        for (element, column) in columns.iter().enumerate() {
            let column = column.values().get(start..).unwrap_or_default();
            for (to, from) in rows.iter_mut().skip(element).step_by(width).zip(column) {
                *to = *from;
            }
        }
    }
    let nulls = columns.iter().any(|column| column.null_count() > 0).then(|| {
        let holds = |row: usize| columns.iter().map(move |column| column.is_valid(row));
        (0..rows).flat_map(holds).collect::<NullBuffer>()
    });
    Some(Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls)))
}
