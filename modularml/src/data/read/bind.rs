//! Binding: every declared column is found, brought to its type and shape, and checked.

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, UInt32Array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{TakeOptions, filter, take};
use arrow::datatypes::Float64Type;
use arrow::error::ArrowError;

use super::convert::{Conversion, Stored};
use super::find::Located;
use super::ids::Seen;
use super::options::Options;
use super::source::Source;
use super::wrong::Wrong;
use super::{convert, find, flatten, ragged, spread};
use crate::data::buffer::ColumnData;
use crate::data::names::{self, full_name};
use crate::data::table::{Table, TableColumn};
use crate::data::transformed::Transformed;
use crate::data::{ColumnSpec, Dtype, Representation, SchemaSpec, check, gather};
use crate::{Error, Result};

/// Turns the rows of sources into tables, one after the other.
#[derive(Debug)]
pub(super) struct Binder {
    pub(super) schema: SchemaSpec,
    conversion: Conversion,
    seen: Seen,
}

/// A column that was found, with its elements of the declared type.
struct Bound {
    spec: &'static ColumnSpec,
    width: usize,
    elements: ArrayRef,
    /// The length of each row of a sequence column.
    lengths: Option<ScalarBuffer<u32>>,
    transformed: Option<ArrayRef>,
}

impl Binder {
    pub(super) fn new(schema: SchemaSpec, options: Options) -> Self {
        Self { schema, conversion: Conversion::new(options), seen: Seen::default() }
    }

    /// The table of a source's rows; none when all of them are left out.
    pub(super) fn table(&mut self, source: &Source) -> Result<Option<Table>> {
        self.bind(source).map_err(|error| source.in_file(error))
    }

    /// Refuses what makes a column of these rows other than declared.
    pub(super) fn check(&self, spec: &'static ColumnSpec, source: &Source) -> Result<()> {
        let checked = bind(&self.schema, spec, source, &self.conversion);
        let checked = checked.and_then(|column| self.missing(&column, source));
        checked.map(drop).map_err(|error| source.in_file(error))
    }

    /// The elements that are missing, which is refused where such rows are not to be left out.
    fn missing(&self, column: &Bound, source: &Source) -> Result<Vec<usize>> {
        let missing = check::missing(column.spec, &column.data(source)?);
        if !self.conversion.options.drop_rows_with_missing {
            check::refuse_missing(&source.file, column.spec, column.width, &missing)?;
        }
        Ok(missing)
    }

    fn bind(&mut self, source: &Source) -> Result<Option<Table>> {
        let (schema, conversion) = (&self.schema, &self.conversion);
        let mut columns = Vec::with_capacity(schema.columns.len());
        for spec in schema.columns {
            columns.push(bind(schema, spec, source, conversion)?);
        }
        let mut ids = self.seen.ids(source)?;
        let rows = source.batch.num_rows();
        let mut left_out = LeftOut::default();
        for column in &columns {
            let missing = self.missing(column, source)?;
            left_out.add(rows, missing.iter().map(|element| element / column.width.max(1)));
        }
        if let Some(is_wanted) = &left_out.is_wanted {
            if !is_wanted.contains(&true) {
                return Ok(None);
            }
            ids = ids.iter().zip(is_wanted).filter(|(_, wanted)| **wanted).map(|(id, _)| *id).collect();
            for column in &mut columns {
                let filtered = column.leave_out(is_wanted);
                filtered.map_err(|error| source.refuse(column.spec.stored_as, error.to_string()))?;
            }
        }
        let columns = columns.iter().map(|column| column.finish(source)).collect::<Result<_>>()?;
        Ok(Some(Table::new(self.schema, columns, ids)))
    }
}

/// Which rows stay, once one is left out.
#[derive(Default)]
struct LeftOut {
    is_wanted: Option<Vec<bool>>,
}

impl LeftOut {
    fn add(&mut self, rows: usize, missing: impl Iterator<Item = usize>) {
        for row in missing {
            if let Some(is_wanted) = self.is_wanted.get_or_insert_with(|| vec![true; rows]).get_mut(row) {
                *is_wanted = false;
            }
        }
    }
}

fn bind(schema: &SchemaSpec, spec: &'static ColumnSpec, source: &Source, conversion: &Conversion) -> Result<Bound> {
    let width = gather::width(spec.shape)?;
    if width == 0 {
        return Err(source.refuse(spec.stored_as, format!("has shape {}; every axis must be at least 1", spec.shape)));
    }
    let located = find::find(source, spec);
    let mut lengths = None;
    let elements = match located.ok_or_else(|| find::absent(source, schema, spec))? {
        Located::Whole(position) if spec.sequence.is_some() => {
            let column = ragged::elements(schema, spec, position, source, conversion)?;
            lengths.clone_from(&column.lengths);
            column.to_arrow()
        }
        Located::Spread(positions) if spec.sequence.is_some() => {
            let (columns, name) = (positions.len(), spec.stored_as);
            let problem = format!("the file has {columns} columns `{name}_0`, ..; a sequence is one list a row");
            return Err(source.refuse(name, problem));
        }
        Located::Whole(position) => whole(schema, spec, position, source, conversion)?,
        Located::Spread(positions) => spread::elements(schema, spec, &positions, source, conversion)?,
    };
    let transformed_name = full_name(spec.domain, spec.key, Representation::Transformed);
    let transformed = match source.position(&transformed_name) {
        Some(position) => {
            let spec = ColumnSpec { dtype: Dtype::F64, ..*spec };
            Some(whole(schema, &spec, position, source, conversion)?)
        }
        None => None,
    };
    let column = Bound { spec, width, elements, lengths, transformed };
    check::refuse_infinite(&source.file, spec, width, &column.data(source)?)?;
    Ok(column)
}

/// A column that stands in one column of the file.
fn whole(
    schema: &SchemaSpec,
    spec: &ColumnSpec,
    position: usize,
    source: &Source,
    conversion: &Conversion,
) -> Result<ArrayRef> {
    let width = gather::width(spec.shape)?;
    let fail = |wrong: Wrong| wrong.of(&source.file, spec.stored_as, width);
    let field = source.batch.schema_ref().field(position);
    let classes = field.metadata().get(names::CLASSES).filter(|_| spec.dtype == Dtype::Class);
    let stored = if classes.is_some() { Stored::ClassIndices } else { source.stored() };
    let positions: Option<Vec<String>> =
        field.metadata().get(names::POSITIONS).and_then(|names| serde_json::from_str(names).ok());
    if let Some(found) = positions.filter(|found| !spec.positions.is_empty() && found != spec.positions) {
        let (found, declared, schema) = (found.join(", "), spec.positions.join(", "), schema.name);
        let problem = format!(
            "its positions are {found}, and `{schema}` declares {declared}; declare them in this order, or write the file again"
        );
        return Err(source.refuse(spec.stored_as, problem));
    }
    let extension = flatten::tensor_metadata(field);
    let schema = crate::text::Message::new().name(schema.name);
    let flat =
        flatten::elements(source.batch.column(position), extension, spec.shape, schema.as_str()).map_err(fail)?;
    let classes: Vec<String> = classes.and_then(|names| serde_json::from_str(names).ok()).unwrap_or_default();
    let flat = if stored == Stored::ClassIndices && classes != spec.classes {
        let places = places_of_classes(&classes, spec).map_err(|problem| source.refuse(spec.stored_as, problem))?;
        take(&places, &flat, Some(TakeOptions { check_bounds: true }))
            .map_err(|error| source.refuse(spec.stored_as, error.to_string()))?
    } else {
        flat
    };
    convert::elements(&flat, spec, stored, conversion).map_err(fail)
}

/// Where each of a file's classes stands among the declared ones: classes are known by their names.
fn places_of_classes(classes: &[String], spec: &ColumnSpec) -> Result<UInt32Array, String> {
    let place = |class: &String| {
        let place = spec.classes.iter().position(|declared| declared == class);
        place.and_then(|place| u32::try_from(place).ok()).ok_or_else(|| {
            let (found, declared) = (classes.join(", "), spec.classes.join(", "));
            format!("`{class}` of the file's classes {found} is none of the declared ones, {declared}; declare it too")
        })
    };
    classes.iter().map(place).collect::<Result<Vec<_>, _>>().map(UInt32Array::from)
}

impl Bound {
    fn data(&self, source: &Source) -> Result<ColumnData> {
        let data = ColumnData::from_arrow(&self.elements, self.spec.dtype)
            .ok_or_else(|| source.refuse(self.spec.stored_as, "is of an unexpected type".into()))?;
        Ok(ColumnData { lengths: self.lengths.clone(), ..data })
    }

    fn leave_out(&mut self, is_wanted: &[bool]) -> Result<(), ArrowError> {
        let keep: BooleanArray =
            is_wanted.iter().flat_map(|&wanted| std::iter::repeat_n(Some(wanted), self.width)).collect();
        self.elements = filter(&self.elements, &keep)?;
        self.transformed = self.transformed.take().map(|elements| filter(&elements, &keep)).transpose()?;
        self.lengths = self.lengths.take().map(|lengths| {
            lengths.iter().zip(is_wanted).filter(|(_, wanted)| **wanted).map(|(length, _)| *length).collect()
        });
        Ok(())
    }

    fn finish(&self, source: &Source) -> Result<TableColumn> {
        let transformed = self.transformed.as_ref().and_then(|array| array.as_primitive_opt::<Float64Type>());
        let transformed = transformed.map(|array| Transformed::computed(self.spec.shape, array.values().clone()));
        Ok(TableColumn { raw: self.data(source)?.with_nan().into(), transformed })
    }
}

/// The error when no row is left.
pub(super) fn nothing_left(files: &str, rows: usize) -> Error {
    Error::Data(format!("{files}: no row is left: each of {rows} rows has a missing value"))
}
