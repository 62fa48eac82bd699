//! Columns that Arrow encodes, as plain ones: dictionaries (also of pandas' categoricals), run ends, views of lists.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::error::ArrowError;

/// The same columns without encodings.
pub(super) fn plain_schema(schema: &Schema) -> Schema {
    let fields: Vec<FieldRef> = schema.fields().iter().map(plain_field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// Columns as the fields of their plain schema say.
pub(super) fn plain_columns(columns: &[ArrayRef], schema: &Schema) -> Result<Vec<ArrayRef>, ArrowError> {
    let plain = |(column, field): (&ArrayRef, &FieldRef)| {
        if column.data_type() == field.data_type() { Ok(Arc::clone(column)) } else { cast(column, field.data_type()) }
    };
    columns.iter().zip(schema.fields()).map(plain).collect()
}

fn plain_field(field: &FieldRef) -> FieldRef {
    let plain = plain_type(field.data_type());
    if &plain == field.data_type() { Arc::clone(field) } else { Arc::new(Field::clone(field).with_data_type(plain)) }
}

fn plain_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        DataType::List(item) | DataType::ListView(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(plain_field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(plain_field(item), *size),
        other => other.clone(),
    }
}
