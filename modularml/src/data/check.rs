//! What every column must satisfy, whether it comes from rows or from a file.

use super::buffer::{ColumnData, Values};
use super::{ColumnSpec, Domain};
use crate::{Error, Result};

/// Refuses no rows and more rows than a row number can count.
pub(super) fn row_count(file: &str, rows: usize) -> Result<()> {
    if rows == 0 {
        return Err(Error::Data(format!("{file}: has no rows; at least one is needed")));
    }
    if u32::try_from(rows).is_err() {
        return Err(Error::Data(format!("{file}: has {rows} rows; at most {} can be held", u32::MAX)));
    }
    Ok(())
}

/// The elements of a column that are missing although they must not be.
pub(super) fn missing(spec: &ColumnSpec, column: &ColumnData) -> Vec<usize> {
    if spec.allows_missing && (spec.shape.rank() == 0 || spec.dtype.is_float()) {
        return Vec::new();
    }
    let nan_is_missing = spec.domain != Domain::Tag;
    let is_missing = |element: usize, is_nan: bool| !column.holds(element) || (nan_is_missing && is_nan);
    match &column.values {
        Values::F32(values) if column.nulls.is_none() && !any(values, f32::is_nan) => Vec::new(),
        Values::F64(values) if column.nulls.is_none() && !any(values, f64::is_nan) => Vec::new(),
        Values::F32(values) => positions(values, |element, value| is_missing(element, value.is_nan())),
        Values::F64(values) => positions(values, |element, value| is_missing(element, value.is_nan())),
        _ if column.nulls.is_none() => Vec::new(),
        _ => (0..column.elements()).filter(|&element| !column.holds(element)).collect(),
    }
}

/// Whether any value is so. All are looked at, which a processor does many at a time; bad values are rare.
fn any<T: Copy>(values: &[T], is_so: impl Fn(T) -> bool) -> bool {
    values.iter().fold(false, |found, &value| found | is_so(value))
}

fn positions<T: Copy>(values: &[T], is_wanted: impl Fn(usize, T) -> bool) -> Vec<usize> {
    values
        .iter()
        .enumerate()
        .filter(|&(element, &value)| is_wanted(element, value))
        .map(|(element, _)| element)
        .collect()
}

/// What a file calls the column of an element: that of its position, where positions have names.
fn column_of(spec: &ColumnSpec, width: usize, element: usize) -> String {
    let position = spec.positions.get(element % width.max(1)).filter(|_| spec.positions.len() == width);
    (*position.unwrap_or(&spec.stored_as)).to_owned()
}

/// Refuses missing values, given [`missing`]'s answer.
pub(super) fn refuse_missing(file: &str, spec: &ColumnSpec, width: usize, missing: &[usize]) -> Result<()> {
    let Some(first) = missing.first() else { return Ok(()) };
    let count = missing.len();
    let what = if spec.dtype.is_float() { "NaN or null" } else { "null" };
    let values = if count == 1 { "value" } else { "values" };
    let is_array_of_others = spec.shape.rank() > 0 && !spec.dtype.is_float();
    let ways_out = match (is_array_of_others, spec.dtype.is_float(), spec.domain) {
        (true, ..) => ", or fill them".to_owned(),
        (_, true, Domain::Feature | Domain::Target) => {
            format!(", fill them, or declare {}(missing = allow)]", spec.domain.attribute().trim_end_matches(']'))
        }
        _ => format!(", fill them, or declare Option<{}>", spec.dtype.name()),
    };
    let problem = format!(
        "{count} missing {values} ({what}), the first in this row; leave such rows out (Reader::drop_rows_with_missing){ways_out}"
    );
    let (file, column) = (file.into(), column_of(spec, width, *first));
    Err(Error::Column { file, column, row: Some(first / width.max(1)), problem })
}

/// The first element of a feature or target that is infinite.
pub(super) fn infinite(spec: &ColumnSpec, column: &ColumnData) -> Option<usize> {
    match &column.values {
        _ if spec.domain == Domain::Tag => None,
        Values::F32(values) if !any(values, f32::is_infinite) => None,
        Values::F64(values) if !any(values, f64::is_infinite) => None,
        Values::F32(values) => values.iter().position(|value| value.is_infinite()),
        Values::F64(values) => values.iter().position(|value| value.is_infinite()),
        _ => None,
    }
}

/// Refuses infinity in features and targets.
pub(super) fn refuse_infinite(file: &str, spec: &ColumnSpec, width: usize, column: &ColumnData) -> Result<()> {
    let Some(element) = infinite(spec, column) else { return Ok(()) };
    Err(Error::Column {
        file: file.into(),
        column: column_of(spec, width, element),
        row: Some(element / width.max(1)),
        problem: "found infinity, which nothing can learn from; correct the value or leave the row out".into(),
    })
}

/// Refuses class indices beyond the declared classes.
pub(super) fn refuse_unknown_classes(file: &str, spec: &ColumnSpec, column: &ColumnData) -> Result<()> {
    let Values::Class(indices) = &column.values else { return Ok(()) };
    let unknown = |&(row, &index): &(usize, &u32)| column.holds(row) && index as usize >= spec.classes.len();
    let Some((row, index)) = indices.iter().enumerate().find(unknown) else { return Ok(()) };
    let (count, classes) = (spec.classes.len(), spec.classes.join(", "));
    Err(Error::Column {
        file: file.into(),
        column: spec.stored_as.into(),
        row: Some(row),
        problem: format!("is class {index}, which is not below the number of classes, {count} ({classes})"),
    })
}
