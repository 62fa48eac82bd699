//! Binding: every declared column is found, brought to its type and shape, and checked.

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, UInt64Array};
use arrow::compute::{concat, filter, take};
use arrow::datatypes::Float64Type;
use arrow::error::ArrowError;

use super::locate::{self, Located};
use super::{Options, Source, Wrong, convert, flatten, ids, refuse};
use crate::data::buffer::ColumnData;
use crate::data::check;
use crate::data::names::full_name;
use crate::data::table::{Table, TableColumn};
use crate::data::transformed::Transformed;
use crate::data::{ColumnSpec, Representation, SchemaSpec, gather};
use crate::{Error, Result};

/// A column that was found, with its elements of the declared type.
struct Bound {
    spec: &'static ColumnSpec,
    width: usize,
    elements: ArrayRef,
    transformed: Option<ArrayRef>,
}

/// The table of a source's rows.
pub(super) fn table(schema: SchemaSpec, source: &Source, options: &Options) -> Result<Table> {
    let rows = source.batch.num_rows();
    check::row_count(&source.file, rows)?;
    let mut columns = Vec::with_capacity(schema.columns.len());
    for spec in schema.columns {
        columns.push(bind(&schema, spec, source, options)?);
    }
    let mut ids = ids::of(source)?;
    let mut is_wanted = vec![true; rows];
    for column in &columns {
        let missing = check::missing(column.spec, &column.data(source)?);
        if !options.drop_rows_with_missing {
            check::refuse_missing(&source.file, column.spec, column.width, &missing)?;
        }
        for element in missing {
            if let Some(is_wanted) = is_wanted.get_mut(element / column.width.max(1)) {
                *is_wanted = false;
            }
        }
    }
    let wanted = is_wanted.iter().filter(|&&wanted| wanted).count();
    if wanted < rows {
        if wanted == 0 {
            let file = &source.file;
            return Err(Error::Data(format!("{file}: no row is left: each of {rows} rows has a missing value")));
        }
        ids = ids.iter().zip(&is_wanted).filter(|(_, wanted)| **wanted).map(|(id, _)| *id).collect();
        for column in &mut columns {
            column.leave_out(&is_wanted).map_err(|error| refuse(source, column.spec.stored_as, error.to_string()))?;
        }
    }
    let columns = columns.iter().map(|column| column.finish(source)).collect::<Result<_>>()?;
    Ok(Table::new(schema, columns, ids))
}

fn bind(schema: &SchemaSpec, spec: &'static ColumnSpec, source: &Source, options: &Options) -> Result<Bound> {
    let width = gather::width(spec.shape)?;
    if width == 0 {
        return Err(refuse(source, spec.stored_as, format!("has shape {}; every axis must be at least 1", spec.shape)));
    }
    let located = locate::find(source, spec.domain, spec.key, spec.stored_as);
    let elements = match located.ok_or_else(|| locate::absent(source, schema, spec))? {
        Located::Whole(position) => whole(schema, spec, position, source, options)?,
        Located::Spread(positions) => spread(schema, spec, &positions, source, options)?,
    };
    let transformed_name = full_name(spec.domain, spec.key, Representation::Transformed);
    let transformed = match source.names().iter().position(|&name| name == transformed_name) {
        Some(position) => {
            let spec = ColumnSpec { dtype: crate::data::Dtype::F64, ..*spec };
            Some(whole(schema, &spec, position, source, options)?)
        }
        None => None,
    };
    let column = Bound { spec, width, elements, transformed };
    check::refuse_infinite(&source.file, spec, width, &column.data(source)?)?;
    Ok(column)
}

/// A column that stands in one column of the file.
fn whole(
    schema: &SchemaSpec,
    spec: &ColumnSpec,
    position: usize,
    source: &Source,
    options: &Options,
) -> Result<ArrayRef> {
    let width = gather::width(spec.shape)?;
    let fail = |wrong: Wrong| wrong.of(source, spec.stored_as, width);
    let extension = flatten::tensor_metadata(source.batch.schema_ref().field(position));
    let schema = crate::check::Message::new().name(schema.name);
    let flat =
        flatten::elements(source.batch.column(position), extension, spec.shape, schema.as_str()).map_err(fail)?;
    convert::elements(&flat, spec, source.is_csv, options).map_err(fail)
}

/// A column whose elements stand in a column of the file each.
fn spread(
    schema: &SchemaSpec,
    spec: &ColumnSpec,
    positions: &[usize],
    source: &Source,
    options: &Options,
) -> Result<ArrayRef> {
    let width = gather::width(spec.shape)?;
    if positions.len() != width {
        let (found, name, declared) = (positions.len(), spec.stored_as, spec.shape);
        let problem = format!(
            "the file has {found} columns `{name}_0`, `{name}_1`, .., `{}` declares {declared}, which takes {width}; \
             change the schema or the file",
            schema.name
        );
        return Err(refuse(source, name, problem));
    }
    let mut elements = Vec::with_capacity(width);
    for &position in positions {
        let name = source.batch.schema_ref().field(position).name();
        let converted = convert::elements(source.batch.column(position), spec, source.is_csv, options);
        elements.push(converted.map_err(|wrong| wrong.of(source, name, 1))?);
    }
    let (rows, width) = (source.batch.num_rows() as u64, width as u64);
    let row_major: UInt64Array =
        (0..rows).flat_map(|row| (0..width).map(move |element| element * rows + row)).map(Some).collect();
    let parts: Vec<&dyn arrow::array::Array> = elements.iter().map(AsRef::as_ref).collect();
    concat(&parts)
        .and_then(|columns| take(&columns, &row_major, None))
        .map_err(|error| refuse(source, spec.stored_as, error.to_string()))
}

impl Bound {
    fn data(&self, source: &Source) -> Result<ColumnData> {
        ColumnData::from_arrow(&self.elements, self.spec.dtype)
            .ok_or_else(|| refuse(source, self.spec.stored_as, "is of an unexpected type".into()))
    }

    fn leave_out(&mut self, is_wanted: &[bool]) -> Result<(), ArrowError> {
        let keep: BooleanArray =
            is_wanted.iter().flat_map(|&wanted| std::iter::repeat_n(Some(wanted), self.width)).collect();
        self.elements = filter(&self.elements, &keep)?;
        self.transformed = self.transformed.take().map(|elements| filter(&elements, &keep)).transpose()?;
        Ok(())
    }

    fn finish(&self, source: &Source) -> Result<TableColumn> {
        let transformed = self.transformed.as_ref().and_then(|array| array.as_primitive_opt::<Float64Type>());
        let transformed = transformed.map(|array| Transformed::computed(self.spec.shape, array.values().clone()));
        Ok(TableColumn { raw: self.data(source)?.with_nan(), transformed })
    }
}
