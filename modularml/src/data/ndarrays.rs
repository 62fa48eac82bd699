//! Columns as arrays of `ndarray`: without a copy where the rows lie together as they are asked for.

use std::borrow::Cow;

use arrow::array::{Array as _, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use ndarray::{Array2, ArrayD, ArrayView, CowArray, IxDyn};

use super::buffer::{self, ColumnData, Values};
use super::element::{self, ColumnElement};
use super::raw::Raw;
use super::table::TableColumn;
use super::transformed::{Transformed, TransformedValues};
use super::{Array, ColumnSpec, Dtype, Numbers, Representation, View, gather};
use crate::text::Shape;
use crate::{Error, Result};

/// The values of a column of which some are missing, and which are there; made by [`View::masked_ndarray`].
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedArray<'a, T: Clone> {
    /// The values, `[rows, shape..]`; NaN, 0 or false where one is missing.
    pub values: CowArray<'a, T, IxDyn>,
    /// Of the same shape: true where there is a value. `numpy.ma` calls the opposite a mask.
    pub mask: ArrayD<bool>,
}

/// Sequences of different lengths as one array, and where in it values are; made by [`View::padded_ndarray`].
#[derive(Clone, Debug, PartialEq)]
pub struct PaddedArray<'a, T: Clone> {
    /// The values, `[rows, length, shape..]` of the declared length; 0 or false behind the end of a row.
    pub values: CowArray<'a, T, IxDyn>,
    /// `[rows, length]`: true where there is a value, false for padding.
    pub mask: Array2<bool>,
    /// How many values each row has.
    pub lengths: Vec<usize>,
}

/// Columns as arrays of the crate `ndarray`, with the feature `ndarray`.
impl View {
    /// A column as an array `[rows, shape..]`, of its own type or of another that holds each of its values: an integer as
    /// one of another width or as a float where it stays the same, `f64` and `f32` as each other to the nearest, a bool as
    /// a number. Decimals are the nearest `f64` or `f32`. Classes are `u32`, their place among the schema's classes, or another integer; times are `i64`, nanoseconds
    /// (since 1970 in UTC, since midnight, or of a span), but that a `Date` is `i64` or `i32`, days since 1970. A missing
    /// float is NaN, and behind the end of a sequence there are zeros.
    ///
    /// Nothing is copied where the column has exactly the type `T` (a class `u32`, a time `i64`, a `Date` `i32`, a scaled
    /// column `f64`) and the rows follow each other in it, as those of a whole set, of a block of
    /// [`Ordered`](crate::process::Ordered), and of a store: [`is_view`](CowArray::is_view) tells. Other rows, rows from
    /// several stores, other types, bools, windows, and columns that are scaled when they are read are copied once. A view
    /// into a store must not outlive what [`FeatureSet::open`](super::FeatureSet::open) asks of its file.
    ///
    /// ```
    /// use modularml::data::FeatureSet;
    /// use modularml::prelude::*;
    ///
    /// /// One pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 2],
    ///     #[tag]
    ///     cycle: u16,
    /// }
    ///
    /// let rows = [Pulse { voltage: [3.9, 3.7], cycle: 7 }, Pulse { voltage: [3.8, 3.5], cycle: 8 }];
    /// let pulses = FeatureSet::from_rows(rows)?.view();
    /// let voltage = pulses.ndarray::<f32>("voltage", Representation::Raw)?;
    /// assert_eq!(voltage.shape(), [2, 2]);
    /// assert!(voltage.is_view()); // no value was copied
    /// let cycle = pulses.ndarray::<f64>(Pulse::COLUMNS.cycle.key(), Representation::Raw)?;
    /// assert_eq!(cycle.iter().sum::<f64>(), 15.0);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, it is text, it holds no values of type `T` or one that `T` cannot hold, or one is
    /// missing and `T` is no float: then [`masked_ndarray`](Self::masked_ndarray) takes it.
    pub fn ndarray<T: ColumnElement>(&self, key: &str, form: Representation) -> Result<CowArray<'_, T, IxDyn>> {
        let found = self.elements(key, form)?;
        found.refuse_missing(key, self.len())?;
        found.into_array(key, self.len())
    }

    /// A column as [`ndarray`](Self::ndarray) gives it, and which of its values are there. In place of a missing value is
    /// NaN of floats, and 0 or false of other types; behind the end of a sequence no value is there.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[feat]
    /// #     soh: f32,
    /// #     #[tag]
    /// #     cycle: Option<u64>,
    /// # }
    /// let rows = [Pulse { soh: 0.9, cycle: Some(7) }, Pulse { soh: 0.8, cycle: None }];
    /// let pulses = FeatureSet::from_rows(rows)?.view();
    /// let cycle = pulses.masked_ndarray::<u64>("cycle", Representation::Raw)?;
    /// assert_eq!(cycle.values.as_slice(), Some([7, 0].as_slice()));
    /// assert_eq!(cycle.mask.as_slice(), Some([true, false].as_slice()));
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ndarray`](Self::ndarray), but for missing values.
    pub fn masked_ndarray<T: ColumnElement>(&self, key: &str, form: Representation) -> Result<MaskedArray<'_, T>> {
        let found = self.elements::<T>(key, form)?;
        // NaN alone differs from itself.
        #[allow(clippy::eq_op, reason = "one expression for all types")]
        let mut mask: Vec<bool> = found.values.iter().map(|value| value == value).collect();
        for &at in &found.missing {
            if let Some(holds) = mask.get_mut(at) {
                *holds = false;
            }
        }
        if self.column_spec(key)?.sequence.is_some() {
            let (width, step) = (gather::width(found.shape)?, gather::width(found.shape.without_first())?);
            for (row, length) in mask.chunks_mut(width.max(1)).zip(self.lengths(key)?) {
                if let Some(padding) = row.get_mut(length * step..) {
                    padding.fill(false);
                }
            }
        }
        let dims = dims(self.len(), found.shape);
        let mask = ArrayD::from_shape_vec(dims, mask).map_err(|error| unshaped(key, &error))?;
        Ok(MaskedArray { values: found.into_array(key, self.len())?, mask })
    }

    /// A column of sequences as one array padded to the declared length, where in it values are, and how many each row has.
    /// The array is that of [`ndarray`](Self::ndarray), so that in a set nothing is copied.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// /// One discharge, measured until it was over.
    /// #[derive(SampleSchema)]
    /// struct Discharge {
    ///     #[feat(length = 3)]
    ///     current: Vec<f32>,
    /// }
    ///
    /// let rows = [Discharge { current: vec![1.0, 2.0] }, Discharge { current: vec![3.0, 4.0, 5.0] }];
    /// let rows = FeatureSet::from_rows(rows)?.view();
    /// let current = rows.padded_ndarray::<f32>("current", Representation::Raw)?;
    /// assert_eq!(current.values.as_slice().unwrap(), [1.0, 2.0, 0.0, 3.0, 4.0, 5.0]);
    /// assert_eq!(current.mask.row(0).to_vec(), [true, true, false]);
    /// assert_eq!(current.lengths, [2, 3]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ndarray`](Self::ndarray), and when the column is none of sequences.
    pub fn padded_ndarray<T: ColumnElement>(&self, key: &str, form: Representation) -> Result<PaddedArray<'_, T>> {
        let lengths = self.lengths(key)?;
        let values = self.ndarray(key, form)?;
        let most = self.shape(key)?.axis(0);
        let mask = Array2::from_shape_fn((self.len(), most), |(row, position)| {
            lengths.get(row).is_some_and(|&length| position < length)
        });
        Ok(PaddedArray { values, mask, lengths })
    }

    fn elements<T: ColumnElement>(&self, key: &str, form: Representation) -> Result<Elements<'_, T>> {
        let (spec, column) = self.column(key)?;
        match (form, &column.transformed) {
            (Representation::Transformed, Some(transformed)) => scaled(spec, column, transformed, self.rows()),
            _ => raw(spec, column, self.rows()),
        }
    }
}

impl Array {
    /// The numbers as an array of the crate `ndarray`, with the feature `ndarray`; of another type as
    /// [`View::ndarray`] makes one of the other.
    ///
    /// # Errors
    /// When `T` cannot hold each of the numbers, or they are not as many as the shape has.
    pub fn into_ndarray<T: ColumnElement>(self) -> Result<ArrayD<T>> {
        let values = match self.numbers {
            Numbers::F32(numbers) => Values::from(numbers),
            Numbers::F64(numbers) => numbers.into(),
            Numbers::I64(numbers) => numbers.into(),
            Numbers::U32(numbers) => numbers.into(),
            Numbers::U8(numbers) => numbers.into(),
        };
        let what = What { name: "the array".to_owned(), place: "number", dtype: values.dtype() };
        what.refuse_other::<T>()?;
        let mut found = Vec::new();
        let count = ColumnData { values: values.clone(), nulls: None, lengths: None }.elements();
        element::extend(&mut found, &values, 0..count).map_err(|at| what.unfit::<T>(at, &values, at))?;
        ArrayD::from_shape_vec(self.dims, found).map_err(|error| Error::Data(format!("{}: {error}", what.name)))
    }
}

/// The values of an Arrow array of single values, without a copy where they are of that type.
///
/// # Errors
/// As [`View::ndarray`].
pub(crate) fn of_arrow<'a, T: ColumnElement>(key: &str, array: &'a ArrayRef) -> Result<Cow<'a, [T]>> {
    if array.null_count() == 0
        && let Some(values) = T::of_arrow(array)
    {
        return Ok(Cow::Borrowed(values));
    }
    // Decimals as what learns of them reads them.
    let of_decimals = array.data_type().is_decimal().then(|| cast(array, &DataType::Float64).ok()).flatten();
    let array = of_decimals.as_ref().unwrap_or(array);
    let dtype = buffer::dtype(array.data_type());
    let data = dtype.and_then(|dtype| Some((dtype, ColumnData::from_arrow(array, dtype)?)));
    let (dtype, data) =
        data.ok_or_else(|| Error::Data(format!("column `{key}` is {}, of which no array is made", array.data_type())))?;
    let what = What::column(key, dtype);
    what.refuse_other::<T>()?;
    let mut found = Elements::with_room(array.len(), Shape::SCALAR);
    for row in 0..array.len() {
        found.add(&what, row, &data, row, 1)?;
    }
    found.refuse_missing(key, array.len())?;
    Ok(found.values)
}

/// What an array is made of.
struct What {
    /// As messages call it: "column `voltage`".
    name: String,
    /// What messages call the place of a value in it: "row".
    place: &'static str,
    dtype: Dtype,
}

impl What {
    fn column(key: &str, dtype: Dtype) -> Self {
        Self { name: format!("column `{key}`"), place: "row", dtype }
    }

    /// Rule: a column is read as a type that could hold its values.
    fn refuse_other<T: ColumnElement>(&self) -> Result<()> {
        let (found, wanted) = (self.dtype, T::DTYPE);
        let instead = match found {
            _ if found == wanted => return Ok(()),
            Dtype::Text => "text is in no array, read it by texts()",
            Dtype::Class if wanted.is_integer() => return Ok(()),
            Dtype::Class => "read the numbers of its classes as u32, their names by classes()",
            Dtype::Date if matches!(wanted, Dtype::I32 | Dtype::I64) => return Ok(()),
            Dtype::Date => "read its days as i32 or i64, or by values() and times()",
            Dtype::Decimal if wanted.is_float() => return Ok(()),
            Dtype::Decimal => "read it as f64, or exactly by values()",
            _ if found.is_time() && wanted == Dtype::I64 => return Ok(()),
            _ if found.is_time() => "read its nanoseconds as i64, or by values() and times()",
            _ if wanted == Dtype::Bool && found.is_float() => "read it as f32 or f64",
            _ if wanted == Dtype::Bool => "read it as an integer",
            _ if found.is_float() && !wanted.is_float() => "read it as f32 or f64",
            _ => return Ok(()),
        };
        let (name, found, wanted) = (&self.name, found.name(), wanted.name());
        Err(Error::Data(format!("{name} is {found}, and an array of {wanted} is asked for; {instead}")))
    }

    fn unfit<T: ColumnElement>(&self, place: usize, values: &Values, at: usize) -> Error {
        let (name, value, wanted) = (&self.name, element::shown(values, at), T::DTYPE.name());
        let own = match self.dtype {
            Dtype::Class => Dtype::U32,
            dtype => dtype,
        };
        let exactly = if T::DTYPE.is_float() && !own.is_float() { " exactly" } else { "" };
        Error::Data(format!(
            "{name}, {} {place}: found {value}, which {wanted} cannot hold{exactly}; read it as {}",
            self.place,
            own.name()
        ))
    }
}

/// The elements of some rows.
struct Elements<'a, T: Clone> {
    values: Cow<'a, [T]>,
    shape: Shape,
    /// The positions of those in whose place stands something else.
    missing: Vec<usize>,
}

impl<'a, T: ColumnElement> Elements<'a, T> {
    fn of(values: impl Into<Cow<'a, [T]>>, shape: Shape) -> Self {
        Self { values: values.into(), shape, missing: Vec::new() }
    }

    fn with_room(rows: usize, shape: Shape) -> Self {
        Self::of(Vec::with_capacity(rows * shape.elements().unwrap_or(1)), shape)
    }

    /// Adds so many elements of a row, which begin at one.
    fn add(&mut self, what: &What, row: usize, data: &ColumnData, at: usize, width: usize) -> Result<()> {
        let values = self.values.to_mut();
        // Single values alone are marked as missing.
        if !data.holds(at) {
            self.missing.push(values.len());
            values.push(T::MISSING.unwrap_or_default());
            return Ok(());
        }
        element::extend(values, &data.values, at..at + width).map_err(|at| what.unfit::<T>(row, &data.values, at))
    }

    fn refuse_missing(&self, key: &str, rows: usize) -> Result<()> {
        let Some(first) = self.missing.first().filter(|_| T::MISSING.is_none()) else { return Ok(()) };
        let (count, name) = (self.missing.len(), T::DTYPE.name());
        Err(Error::Data(format!(
            "column `{key}`: {count} of {rows} rows have no value, the first at position {first}, and {name} has no NaN; read it \
             by masked_ndarray(), or leave those rows out"
        )))
    }

    fn into_array(self, key: &str, rows: usize) -> Result<CowArray<'a, T, IxDyn>> {
        let dims = dims(rows, self.shape);
        let array = match self.values {
            Cow::Borrowed(values) => ArrayView::from_shape(dims, values).map(Into::into),
            Cow::Owned(values) => ArrayD::from_shape_vec(dims, values).map(Into::into),
        };
        array.map_err(|error| unshaped(key, &error))
    }
}

/// The raw form of a column.
fn raw<'v, T: ColumnElement>(spec: &ColumnSpec, column: &'v TableColumn, rows: &[u32]) -> Result<Elements<'v, T>> {
    let what = What::column(spec.key, spec.dtype);
    what.refuse_other::<T>()?;
    let width = gather::width(spec.shape)?;
    if spec.dtype == Dtype::Decimal {
        let values = Values::from(gather::numbers(spec, column, Representation::Raw, rows)?);
        let mut found = Vec::with_capacity(rows.len());
        element::extend(&mut found, &values, 0..rows.len()).map_err(|at| what.unfit::<T>(at, &values, at))?;
        return Ok(Elements::of(found, spec.shape));
    }
    if let Some(values) = shared(&column.raw, rows, width) {
        return Ok(Elements::of(values, spec.shape));
    }
    let mut found = Elements::with_room(rows.len(), spec.shape);
    column.raw.read(rows, width, |row, data, at| found.add(&what, row as usize, data, at, width))?;
    Ok(found)
}

/// The elements of rows that follow each other in one part of a column, where they are of that type and all there.
fn shared<'v, T: ColumnElement>(raw: &'v Raw, rows: &[u32], width: usize) -> Option<&'v [T]> {
    let (data, places) = raw.stored()?.run(gather::first_of_run(rows)?, rows.len());
    let is_there = |nulls: &arrow::buffer::NullBuffer| {
        places.end <= nulls.len() && nulls.slice(places.start, places.len()).null_count() == 0
    };
    let is_whole = places.len() == rows.len() && data.nulls.as_ref().is_none_or(is_there);
    let values = T::stored(&data.values).filter(|_| is_whole)?;
    values.get(places.start * width..places.end * width)
}

/// The scaled form of a column.
fn scaled<'v, T: ColumnElement>(
    spec: &ColumnSpec,
    column: &'v TableColumn,
    transformed: &'v Transformed,
    rows: &[u32],
) -> Result<Elements<'v, T>> {
    let what = What::column(spec.key, Dtype::F64);
    what.refuse_other::<T>()?;
    let (shape, width) = (transformed.shape, gather::width(transformed.shape)?);
    if let (TransformedValues::Computed(values), Some(first)) = (&transformed.values, gather::first_of_run(rows)) {
        let first = first as usize * width;
        let own = T::scaled(values).and_then(|values| values.get(first..first + rows.len() * width));
        if let Some(values) = own {
            return Ok(Elements::of(values, shape));
        }
    }
    let values = Values::from(gather::transformed_numbers(spec, &column.raw, transformed, rows)?);
    let mut found = Vec::with_capacity(rows.len() * width);
    let row = |at: usize| rows.get(at / width.max(1)).map_or(0, |&row| row as usize);
    element::extend(&mut found, &values, 0..rows.len() * width).map_err(|at| what.unfit::<T>(row(at), &values, at))?;
    Ok(Elements::of(found, shape))
}

fn dims(rows: usize, shape: Shape) -> Vec<usize> {
    [&[rows], shape.axes()].concat()
}

fn unshaped(key: &str, error: &ndarray::ShapeError) -> Error {
    Error::Data(format!("column `{key}`: {error}"))
}
