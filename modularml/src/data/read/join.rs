//! Tables one after the other as one table.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::ScalarBuffer;
use arrow::compute::concat;

use crate::data::buffer::ColumnData;
use crate::data::table::{Table, TableColumn};
use crate::data::transformed::{Transformed, TransformedValues};
use crate::data::{ColumnSpec, SchemaSpec};
use crate::{Error, Result};

/// One table of the rows of all; a single one is not copied.
pub(super) fn tables(schema: SchemaSpec, mut tables: Vec<Table>) -> Result<Table> {
    if let [_] = tables.as_slice()
        && let Some(only) = tables.pop()
    {
        return Ok(only);
    }
    let ids = tables.iter().flat_map(|table| table.ids.all()).collect();
    let mut columns = Vec::with_capacity(schema.columns.len());
    // Columns are taken off from the last to the first, so that each part is freed as soon as it is copied.
    for spec in schema.columns.iter().rev() {
        let parts: Vec<TableColumn> = tables.iter_mut().filter_map(|table| table.columns.pop()).collect();
        columns.push(column(spec, &parts)?);
    }
    columns.reverse();
    Ok(Table::new(schema, columns, ids))
}

fn column(spec: &ColumnSpec, parts: &[TableColumn]) -> Result<TableColumn> {
    let raw = data(spec, parts)?;
    let forms: Option<Vec<&Transformed>> = parts.iter().map(|part| part.transformed.as_ref()).collect();
    let transformed = forms.and_then(|forms| {
        let shape = forms.first()?.shape;
        let values = forms.iter().map(|form| match &form.values {
            TransformedValues::Computed(values) => Some(values),
            TransformedValues::OnRead(_) => None,
        });
        let values: Vec<&ScalarBuffer<f64>> = values.collect::<Option<_>>()?;
        let values: Vec<f64> = values.into_iter().flat_map(|values| values.iter().copied()).collect();
        Some(Transformed::computed(shape, ScalarBuffer::from(values)))
    });
    Ok(TableColumn { raw: raw.into(), transformed })
}

fn data(spec: &ColumnSpec, parts: &[TableColumn]) -> Result<ColumnData> {
    let data = || parts.iter().filter_map(|part| part.raw.stored()).flat_map(crate::data::parts::Parts::iter);
    let arrays: Vec<ArrayRef> = data().map(ColumnData::to_arrow).collect();
    let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    let fail = |problem: &str| Error::Data(format!("column `{}`: {problem}", spec.stored_as));
    let joined = concat(&arrays).map_err(|error| fail(&error.to_string()))?;
    let joined = ColumnData::from_arrow(&joined, spec.dtype).ok_or_else(|| fail("parts of different types"))?;
    let lengths: Option<Vec<&[u32]>> = data().map(|part| part.lengths.as_deref()).collect();
    Ok(ColumnData { lengths: lengths.map(|lengths| lengths.concat().into()), ..joined })
}
