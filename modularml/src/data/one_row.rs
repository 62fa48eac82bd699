//! One row that is in no table: what is read of it, checked against its schema.

use std::sync::Arc;

use super::builder::Builder;
use super::table::TableColumn;
use super::transformed::Transformed;
use super::{
    Array, ColumnSpec, Dtype, Longer, Representation, RowTransform, RowWriter, SampleSchema, SchemaSpec, check, gather,
    sequence,
};
use crate::{Error, Result};

/// One row of each input of a graph; `model_graph!` writes it for the struct of references that stands for a row.
pub trait OneRow {
    /// Writes the fields of the row of an input, counted from 0, as [`SampleSchema::write`](super::SampleSchema::write).
    fn write(&self, input: usize, row: &mut RowWriter<'_>);

    /// What the row of an input holds; none where there is no row for it.
    fn schema(&self, input: usize) -> Option<SchemaSpec>;
}

/// A row is that of a graph with one input.
impl<S: SampleSchema> OneRow for S {
    fn write(&self, input: usize, row: &mut RowWriter<'_>) {
        if input == 0 {
            SampleSchema::write(self, row);
        }
    }

    fn schema(&self, input: usize) -> Option<SchemaSpec> {
        (input == 0).then_some(S::SCHEMA)
    }
}

/// Some columns of one row.
pub(crate) struct RowColumns {
    columns: Vec<(&'static ColumnSpec, TableColumn)>,
}

impl RowColumns {
    /// Writes a row of a schema and keeps the columns at some positions, in their order; what the others hold is not looked at.
    ///
    /// # Errors
    /// [`Error::Column`] when a value is missing or infinite, a sequence too long, or a class unknown.
    pub(crate) fn read(
        origin: &str,
        schema: &SchemaSpec,
        wanted: &[usize],
        write: impl FnOnce(&mut RowWriter<'_>),
    ) -> Result<Self> {
        let mut builders: Vec<Builder> = schema.columns.iter().map(|_| Builder::unread()).collect();
        for &position in wanted {
            if let (Some(builder), Some(spec)) = (builders.get_mut(position), schema.columns.get(position)) {
                *builder = Builder::new(spec.dtype);
            }
        }
        write(&mut RowWriter::new(&mut builders));
        let read = schema.columns.iter().zip(builders).filter(|(_, builder)| builder.is_read());
        let columns = read.map(|(spec, builder)| Ok((spec, column(origin, spec, builder)?))).collect::<Result<_>>()?;
        Ok(Self { columns })
    }

    /// A column, by its place among those that were kept, as an array `[1, shape..]`, scaled where `transform` says how; as
    /// [`View::array`](super::View::array) gives it of a table.
    pub(crate) fn array(&self, place: usize, transform: Option<&Arc<dyn RowTransform>>, dtype: Dtype) -> Result<Array> {
        let (spec, column) = self.at(place)?;
        let Some(transform) = transform else {
            return gather::array(spec, column, Representation::Raw, dtype, &[0]);
        };
        let scaled = TableColumn { raw: column.raw.clone(), transformed: Some(Transformed::on_read(transform)) };
        gather::array(spec, &scaled, Representation::Transformed, dtype, &[0])
    }

    /// How many values a column of sequences has.
    pub(crate) fn length(&self, place: usize) -> Result<usize> {
        let (spec, column) = self.at(place)?;
        Ok(column.parts(spec)?.length(0).unwrap_or_default() as usize)
    }

    /// Whether a column of this row has the value that one of another row has.
    pub(crate) fn is_same(&self, place: usize, other: &Self, other_place: usize) -> Result<bool> {
        Ok(self.at(place)?.1.raw == other.at(other_place)?.1.raw)
    }

    fn at(&self, place: usize) -> Result<(&'static ColumnSpec, &TableColumn)> {
        let column = self.columns.get(place).map(|(spec, column)| (*spec, column));
        column.ok_or_else(|| Error::Data(format!("a row has no column {place} among those that are read")))
    }
}

/// A column of one value, which is what the schema declares.
fn column(origin: &str, spec: &'static ColumnSpec, builder: Builder) -> Result<TableColumn> {
    let wrong =
        |problem: String| Error::Column { file: origin.to_owned(), column: spec.key.to_owned(), row: None, problem };
    let (lengths, raw) = builder.finish();
    let most = spec.shape.axis(0);
    let longer = lengths.iter().find(|length| spec.sequence == Some(Longer::Refuse) && **length > most);
    if let Some(length) = longer {
        return Err(wrong(format!(
            "has {length} values, and the schema declares at most {most}; shorten it, or have longer ones cut (longer = \
             truncate)"
        )));
    }
    let raw = if spec.sequence.is_some() { sequence::padded(origin, spec, &raw, &lengths)? } else { raw };
    let width = gather::width(spec.shape)?;
    if raw.elements() != width {
        let found = raw.elements();
        return Err(wrong(format!(
            "was written {found} elements, expected {width}; OneRow::write must put the columns in the order of the schema"
        )));
    }
    let place = |element: usize| match spec.positions.get(element) {
        _ if width == 1 => String::new(),
        Some(position) => format!("`{position}` "),
        None => format!("value {element} "),
    };
    if let Some(element) = check::missing(spec, &raw).first() {
        let way_out = if spec.dtype.is_float() {
            format!("{}(missing = allow)]", spec.domain.attribute().trim_end_matches(']'))
        } else {
            format!("Option<{}>", spec.dtype.name())
        };
        let what = if spec.dtype.is_float() { "missing (NaN)" } else { "missing" };
        return Err(wrong(format!("{}is {what}; give a value, or declare {way_out}", place(*element))));
    }
    if let Some(element) = check::infinite(spec, &raw) {
        return Err(wrong(format!(
            "{}is infinite, of which nothing can be computed; correct the value",
            place(element)
        )));
    }
    check::refuse_unknown_classes(origin, spec, &raw).map_err(|error| match error {
        Error::Column { problem, .. } => wrong(problem),
        error => error,
    })?;
    Ok(TableColumn { raw: raw.into(), transformed: None })
}
