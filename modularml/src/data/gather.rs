//! From columns to arrays: one gather out of the Arrow buffers, no detour.

use super::array::{Array, Numbers, to_f32};
use super::buffer::{ColumnData, Values, match_numbers};
use super::parts::put;
use super::raw::Raw;
use super::table::TableColumn;
use super::transformed::{Transformed, TransformedValues, clear_padding};
use super::windowed::Windowed;
use super::{ColumnSpec, Dtype, Representation};
use crate::spec::decimal;
use crate::text::Shape;
use crate::{Error, Result};

/// How many elements a value has.
pub(super) fn width(shape: Shape) -> Result<usize> {
    shape.elements().ok_or_else(|| Error::Data(format!("shape {shape} has too many elements")))
}

/// The first of rows that follow one another, where they do.
pub(super) fn first_of_run(rows: &[u32]) -> Option<u32> {
    let (&first, &last) = (rows.first()?, rows.last()?);
    // Most shuffled rows are told apart by their ends, at no cost.
    let is_run =
        last.checked_sub(first).is_some_and(|span| span as usize == rows.len() - 1) && rows.is_sorted_by(|a, b| a < b);
    is_run.then_some(first)
}

/// The chosen rows of a column as `[rows, shape..]`.
pub(super) fn array(
    spec: &ColumnSpec,
    column: &TableColumn,
    form: Representation,
    dtype: Dtype,
    rows: &[u32],
) -> Result<Array> {
    if let (Representation::Transformed, Some(transformed)) = (form, &column.transformed) {
        let shape = transformed.shape;
        return Ok(match (dtype, &transformed.values) {
            (Dtype::F32, TransformedValues::Computed(values)) => {
                finish(shape, rows, Gather { rows, width: width(shape)? }.map(values, to_f32))
            }
            (Dtype::F32, TransformedValues::OnRead(_)) => {
                let values = transformed_numbers(spec, &column.raw, transformed, rows)?;
                finish(shape, rows, values.into_iter().map(to_f32).collect::<Vec<_>>())
            }
            (Dtype::F64, _) => finish(shape, rows, transformed_numbers(spec, &column.raw, transformed, rows)?),
            _ => return Err(wrong_dtype(spec, dtype.name())),
        });
    }
    let width = width(spec.shape)?;
    let keeps_its_type = spec.dtype == Dtype::Class || spec.dtype.is_time();
    if keeps_its_type || (matches!(dtype, Dtype::I64 | Dtype::U32) && is_whole(spec)) {
        refuse_missing(spec, &column.raw, rows)?;
    }
    let stored = match &column.raw {
        Raw::Stored(stored) => stored,
        Raw::Windowed(windows) => return windowed_array(spec, windows, dtype, rows),
    };
    if let Some(data) = stored.whole() {
        return raw_array(spec, data, dtype, &Gather { rows, width });
    }
    let mut all: Option<Numbers> = None;
    for piece in stored.split(rows) {
        let part = raw_array(spec, piece.data, dtype, &Gather { rows: &piece.rows, width })?.numbers;
        let all = all.get_or_insert_with(|| part.zeros(rows.len() * width));
        all.put(&part, width, &piece.places);
    }
    Ok(finish(spec.shape, rows, all.unwrap_or(Numbers::F32(Vec::new()))))
}

/// The chosen rows of a column of windows.
fn windowed_array(spec: &ColumnSpec, windows: &Windowed, dtype: Dtype, rows: &[u32]) -> Result<Array> {
    match dtype {
        Dtype::F32 => Ok(finish(spec.shape, rows, windows.f32s(rows))),
        Dtype::F64 => Ok(finish(spec.shape, rows, windows.f64s(rows))),
        _ => {
            let gathered: Vec<u32> = (0u32..).take(rows.len()).collect();
            raw_array(spec, &windows.data(rows), dtype, &Gather { rows: &gathered, width: windows.width() })
        }
    }
}

/// The chosen rows of a column, or of a part of it.
fn raw_array(spec: &ColumnSpec, data: &ColumnData, dtype: Dtype, gather: &Gather<'_>) -> Result<Array> {
    let rows = gather.rows;
    if let (Dtype::Class, Values::Class(values)) = (spec.dtype, &data.values) {
        return Ok(finish(spec.shape, rows, gather.copy(values)));
    }
    if spec.dtype.is_time() {
        return Ok(finish(spec.shape, rows, gather.integers(spec, data)?));
    }
    Ok(match dtype {
        Dtype::F32 => {
            let mut numbers = match &data.values {
                Values::F32(values) => gather.copy(values),
                Values::F64(values) => gather.map(values, to_f32),
                _ => gather.numbers(spec, data, to_f32)?,
            };
            gather.mark_missing(data, &mut numbers, f32::NAN);
            finish(spec.shape, rows, numbers)
        }
        Dtype::F64 => finish(spec.shape, rows, f64s_of(spec, data, gather)?),
        Dtype::I64 if is_whole(spec) => finish(spec.shape, rows, gather.integers(spec, data)?),
        Dtype::U32 if is_whole(spec) => {
            let numbers: Option<Vec<u32>> =
                gather.integers(spec, data)?.into_iter().map(|value| value.try_into().ok()).collect();
            finish(spec.shape, rows, numbers.ok_or_else(|| out_of_range(spec, dtype))?)
        }
        _ => return Err(wrong_dtype(spec, dtype.name())),
    })
}

/// The chosen rows of a number column as f64.
pub(super) fn numbers(spec: &ColumnSpec, column: &TableColumn, form: Representation, rows: &[u32]) -> Result<Vec<f64>> {
    match (form, &column.transformed) {
        (Representation::Transformed, Some(transformed)) => transformed_numbers(spec, &column.raw, transformed, rows),
        _ => f64s(spec, &column.raw, rows),
    }
}

/// The chosen rows of a column's second form.
pub(super) fn transformed_numbers(
    spec: &ColumnSpec,
    raw: &Raw,
    transformed: &Transformed,
    rows: &[u32],
) -> Result<Vec<f64>> {
    match &transformed.values {
        TransformedValues::Computed(values) => Ok(Gather { rows, width: width(transformed.shape)? }.copy(values)),
        TransformedValues::OnRead(transform) => {
            let numbers = f64s(spec, raw, rows)?;
            let mut values = transformed.apply(spec, transform.as_ref(), rows.len(), numbers)?;
            if let (true, Some(parts)) = (spec.sequence.is_some(), raw.stored()) {
                let lengths = rows.iter().map(|&row| parts.length(row).unwrap_or(0) as usize);
                clear_padding(&mut values, transformed.shape, lengths);
            }
            Ok(values)
        }
    }
}

fn f64s(spec: &ColumnSpec, column: &Raw, rows: &[u32]) -> Result<Vec<f64>> {
    let width = width(spec.shape)?;
    let column = match column {
        Raw::Stored(stored) => stored,
        Raw::Windowed(windows) => return Ok(windows.f64s(rows)),
    };
    if let Some(data) = column.whole() {
        return f64s_of(spec, data, &Gather { rows, width });
    }
    let mut all = vec![0.0; rows.len() * width];
    for piece in column.split(rows) {
        let part = f64s_of(spec, piece.data, &Gather { rows: &piece.rows, width })?;
        put(&part, width, &piece.places, &mut all);
    }
    Ok(all)
}

fn f64s_of(spec: &ColumnSpec, data: &ColumnData, gather: &Gather<'_>) -> Result<Vec<f64>> {
    let mut numbers = match &data.values {
        Values::F64(values) => gather.copy(values),
        _ => gather.numbers(spec, data, |value| value)?,
    };
    gather.mark_missing(data, &mut numbers, f64::NAN);
    Ok(numbers)
}

fn is_whole(spec: &ColumnSpec) -> bool {
    spec.dtype.is_integer() || spec.dtype.is_time() || spec.dtype == Dtype::Bool
}

fn out_of_range(spec: &ColumnSpec, dtype: Dtype) -> Error {
    Error::Data(format!("column `{}` has values that a tensor of {} cannot hold", spec.key, dtype.name()))
}

pub(crate) fn wrong_dtype(spec: &ColumnSpec, dtype: &str) -> Error {
    let name = spec.dtype.name();
    Error::Data(format!("column `{}` is {name} and cannot be a tensor of {dtype}", spec.key))
}

/// Rows to collect, each of `width` elements.
struct Gather<'a> {
    rows: &'a [u32],
    width: usize,
}

impl Gather<'_> {
    fn copy<T: Copy>(&self, values: &[T]) -> Vec<T> {
        if let Some(values) = self.consecutive(values) {
            return values.to_vec();
        }
        let mut gathered = Vec::with_capacity(self.rows.len() * self.width);
        if self.width == 1 {
            gathered.extend(self.rows.iter().filter_map(|&row| values.get(row as usize)));
            return gathered;
        }
        for &row in self.rows {
            let start = row as usize * self.width;
            if let Some(row) = values.get(start..start + self.width) {
                gathered.extend_from_slice(row);
            }
        }
        gathered
    }

    fn map<T: Copy, U>(&self, values: &[T], to: impl Fn(T) -> U) -> Vec<U> {
        if let Some(values) = self.consecutive(values) {
            return values.iter().map(|&value| to(value)).collect();
        }
        let mut gathered = Vec::with_capacity(self.rows.len() * self.width);
        for &row in self.rows {
            let start = row as usize * self.width;
            if let Some(row) = values.get(start..start + self.width) {
                gathered.extend(row.iter().map(|&value| to(value)));
            }
        }
        gathered
    }

    /// The values of rows that follow one another in the column, where they do.
    fn consecutive<'v, T>(&self, values: &'v [T]) -> Option<&'v [T]> {
        let start = first_of_run(self.rows)? as usize * self.width;
        values.get(start..start + self.rows.len() * self.width)
    }

    /// Any column but text, through f64.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_lossless,
        clippy::unnecessary_cast,
        reason = "one expression for every number type"
    )]
    fn numbers<U>(&self, spec: &ColumnSpec, data: &ColumnData, to: impl Fn(f64) -> U) -> Result<Vec<U>> {
        match_numbers!(&data.values, values => Ok(self.map(values, |value| to(value as f64))), other => match other {
            Values::Class(values) => Ok(self.map(values, |value| to(f64::from(value)))),
            Values::Decimal(units) => Ok(self.map(units, |units| to(decimal::nearest(units, spec.scale)))),
            Values::Bool(_) => Ok(self.bools(data).into_iter().map(|value| to(f64::from(value))).collect()),
            _ => Err(Error::Data(format!("column `{}` is {}, not numbers", spec.key, spec.dtype.name()))),
        })
    }

    fn bools(&self, data: &ColumnData) -> Vec<u8> {
        let Values::Bool(values) = &data.values else { return Vec::new() };
        let elements = self.rows.iter().flat_map(|&row| {
            let start = row as usize * self.width;
            start..start + self.width
        });
        elements.filter(|&element| element < values.len()).map(|element| u8::from(values.value(element))).collect()
    }

    /// A column of integers, bools or times as i64: the nanoseconds of times, and the days of dates.
    fn integers(&self, spec: &ColumnSpec, data: &ColumnData) -> Result<Vec<i64>> {
        Ok(match &data.values {
            Values::I8(values) => self.map(values, i64::from),
            Values::I16(values) => self.map(values, i64::from),
            Values::I32(values) | Values::Date(values) => self.map(values, i64::from),
            Values::I64(values) | Values::Timestamp(values) | Values::TimeOfDay(values) | Values::TimeDelta(values) => {
                self.copy(values)
            }
            Values::U8(values) => self.map(values, i64::from),
            Values::U16(values) => self.map(values, i64::from),
            Values::U32(values) => self.map(values, i64::from),
            Values::U64(values) => {
                let values: Option<_> = self.map(values, |value| value.try_into().ok()).into_iter().collect();
                values.ok_or_else(|| out_of_range(spec, Dtype::I64))?
            }
            _ => self.bools(data).into_iter().map(i64::from).collect(),
        })
    }

    /// Puts NaN where an element is marked as missing.
    fn mark_missing<T: Copy>(&self, data: &ColumnData, numbers: &mut [T], missing: T) {
        if data.nulls.is_none() {
            return;
        }
        for (&row, values) in self.rows.iter().zip(numbers.chunks_exact_mut(self.width.max(1))) {
            for (element, value) in (row as usize * self.width..).zip(values) {
                if !data.holds(element) {
                    *value = missing;
                }
            }
        }
    }
}

/// One whole number a row of a column that is stored so, in the order of its values: integers, of a `u64` less 2^63, units of
/// decimals, nanoseconds or days.
///
/// # Errors
/// When a row has none, or the column is not stored so.
pub(super) fn stored_order(owner: &str, spec: &ColumnSpec, column: &TableColumn, rows: &[u32]) -> Result<Vec<i64>> {
    let missing = column.raw.stored().map_or(0, |stored| rows.iter().filter(|&&row| !stored.holds(row)).count());
    if missing > 0 {
        let (key, rows) = (spec.key, rows.len());
        return Err(Error::Data(format!(
            "{owner}: {missing} of {rows} rows have no `{key}`, so they have no place in its order; leave them out"
        )));
    }
    let mut all = vec![0; rows.len()];
    for piece in column.parts(spec)?.split(rows) {
        let gather = Gather { rows: &piece.rows, width: 1 };
        let part = match &piece.data.values {
            Values::Decimal(units) => gather.copy(units),
            Values::U64(values) => {
                gather.copy(values).into_iter().map(|value| (value ^ (1 << 63)).cast_signed()).collect()
            }
            _ => gather.integers(spec, piece.data)?,
        };
        put(&part, 1, &piece.places, &mut all);
    }
    Ok(all)
}

/// Integers, classes, times and decimals have no NaN.
fn refuse_missing(spec: &ColumnSpec, column: &Raw, rows: &[u32]) -> Result<()> {
    // Windows are arrays, in which integers are never missing.
    let Some(column) = column.stored() else { return Ok(()) };
    if column.iter().all(|data| data.nulls.is_none()) {
        return Ok(());
    }
    let missing = rows.iter().filter(|&&row| !column.holds(row)).count();
    if missing == 0 {
        return Ok(());
    }
    let (key, name, rows) = (spec.key, spec.dtype.name(), rows.len());
    Err(Error::Data(format!(
        "column `{key}`: {missing} of {rows} rows have no value, and {name} has no NaN in its place; leave those rows out"
    )))
}

fn finish(shape: Shape, rows: &[u32], values: impl Into<Numbers>) -> Array {
    let dims = [&[rows.len()], shape.axes()].concat();
    Array { dims, numbers: values.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of a column of 20, in any order or in runs.
    fn rows() -> impl Strategy<Value = Vec<u32>> {
        let run = (0_u32..20, 0_u32..20).prop_map(|(start, length)| (start..(start + length).min(20)).collect());
        prop_oneof![proptest::collection::vec(0_u32..20, 0..12), run]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_gather_takes_each_row_in_its_turn(rows in rows(), width in 1_usize..4) {
            let values: Vec<u32> = (0..20 * 4).collect();
            let values = &values[..20 * width];
            let one_by_one: Vec<u32> = rows
                .iter()
                .flat_map(|&row| (0..width).map(move |element| row as usize * width + element))
                .map(|element| values[element])
                .collect();
            let gather = Gather { rows: &rows, width };
            prop_assert_eq!(&gather.copy(values), &one_by_one);
            let doubled: Vec<u32> = one_by_one.iter().map(|value| value * 2).collect();
            prop_assert_eq!(gather.map(values, |value| value * 2), doubled);
        }
    }
}
