//! Columns in memory: vectors, slices and, with the feature `ndarray`, arrays.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, FixedSizeListArray, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};

use crate::data::builder::Builder;
use crate::data::element::ColumnElement;
use crate::data::{ColumnValue, Date, TimeDelta, TimeOfDay, Timestamp, names};
use crate::{Error, Result};

/// The values of a column, one a row, whose first axis counts the rows.
///
/// Made from what a program has: `Vec<f32>`, `Vec<[f32; 101]>`, `Vec<String>`, `Vec<Timestamp>` and of the other times, slices of
/// them, with `Option` of a time where one may be missing, and with the feature `ndarray` from its arrays and views. Numbers that
/// are owned and contiguous are taken over, not copied.
///
/// ```
/// use modularml::data::{ColumnArray, Reader};
///
/// let images = ColumnArray::of_shape(vec![0u8; 2 * 28 * 28], &[28, 28]);
/// let digits = Reader::dynamic()
///     .features(["pixels"])
///     .targets(["digit"])
///     .columns([("pixels", images), ("digit", vec![7i64, 3].into())])?;
/// assert_eq!(digits.view().shape("pixels")?.axes(), [28, 28]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ColumnArray {
    elements: ArrayRef,
    /// The shape of one row.
    shape: Vec<usize>,
    /// The rows; none when the elements are not whole rows.
    rows: Option<usize>,
}

impl ColumnArray {
    /// Values in row-major order, so many a row as a value of that shape has.
    #[must_use]
    pub fn of_shape<T: ColumnElement>(values: Vec<T>, shape: &[usize]) -> Self {
        let width = shape.iter().try_fold(1usize, |width, &axis| width.checked_mul(axis)).filter(|&width| width > 0);
        let rows = width.filter(|width| values.len().is_multiple_of(*width)).map(|width| values.len() / width);
        Self { elements: T::into_arrow(values), shape: shape.to_vec(), rows }
    }

    pub(in crate::data) fn single(elements: ArrayRef) -> Self {
        let rows = Some(elements.len());
        Self { elements, shape: Vec::new(), rows }
    }

    fn of_times<T: ColumnValue>(times: &[T]) -> Self {
        let mut builder = Builder::new(T::DTYPE);
        for time in times {
            time.write(&mut builder);
        }
        Self::single(builder.finish().1.to_arrow())
    }

    fn into_field(self, name: &str) -> Result<(Field, ArrayRef)> {
        let fail =
            |problem: String| Err(Error::Column { file: ORIGIN.into(), column: name.into(), row: None, problem });
        if self.rows.is_none() {
            let (found, shape) = (self.elements.len(), self.shape);
            return fail(format!("has {found} values, which are not whole rows of {shape:?}"));
        }
        let kind = self.elements.data_type().clone();
        if self.shape.is_empty() {
            return Ok((Field::new(name, kind, self.elements.is_nullable()), self.elements));
        }
        let Ok(width) = i32::try_from(self.shape.iter().product::<usize>()) else {
            return fail(format!("has rows of {:?}, which is more than an array column can hold", self.shape));
        };
        let item = Arc::new(Field::new("item", kind, false));
        let lists = match FixedSizeListArray::try_new(item, width, self.elements, None) {
            Ok(lists) => Arc::new(lists) as ArrayRef,
            Err(error) => return fail(error.to_string()),
        };
        let notes = HashMap::from([
            (names::EXTENSION.to_owned(), names::TENSOR.to_owned()),
            (names::EXTENSION_METADATA.to_owned(), serde_json::json!({ "shape": self.shape }).to_string()),
        ]);
        Ok((Field::new(name, lists.data_type().clone(), false).with_metadata(notes), lists))
    }
}

impl<T: ColumnElement> From<Vec<T>> for ColumnArray {
    fn from(values: Vec<T>) -> Self {
        Self::of_shape(values, &[])
    }
}

impl<T: ColumnElement> From<&[T]> for ColumnArray {
    fn from(values: &[T]) -> Self {
        Self::of_shape(values.to_vec(), &[])
    }
}

impl<T: ColumnElement, const N: usize> From<Vec<[T; N]>> for ColumnArray {
    fn from(rows: Vec<[T; N]>) -> Self {
        Self::of_shape(rows.into_flattened(), &[N])
    }
}

impl<T: ColumnElement, const N: usize> From<&[[T; N]]> for ColumnArray {
    fn from(rows: &[[T; N]]) -> Self {
        Self::of_shape(rows.as_flattened().to_vec(), &[N])
    }
}

impl From<Vec<String>> for ColumnArray {
    fn from(texts: Vec<String>) -> Self {
        Self::single(Arc::new(StringArray::from(texts)))
    }
}

impl From<Vec<&str>> for ColumnArray {
    fn from(texts: Vec<&str>) -> Self {
        Self::single(Arc::new(StringArray::from(texts)))
    }
}

macro_rules! times {
    ($($time:ty)*) => {$(
        impl From<&[$time]> for ColumnArray {
            fn from(times: &[$time]) -> Self {
                Self::of_times(times)
            }
        }

        impl From<Vec<$time>> for ColumnArray {
            fn from(times: Vec<$time>) -> Self {
                Self::of_times(&times)
            }
        }

        impl From<&[Option<$time>]> for ColumnArray {
            fn from(times: &[Option<$time>]) -> Self {
                Self::of_times(times)
            }
        }

        impl From<Vec<Option<$time>>> for ColumnArray {
            fn from(times: Vec<Option<$time>>) -> Self {
                Self::of_times(&times)
            }
        }
    )*};
}

times! { Timestamp Date TimeOfDay TimeDelta }

#[cfg(feature = "ndarray")]
impl<T: ColumnElement, D: ndarray::Dimension> From<ndarray::Array<T, D>> for ColumnArray {
    fn from(array: ndarray::Array<T, D>) -> Self {
        let is_whole = array.is_standard_layout();
        let Some((&rows, shape)) = array.shape().split_first() else {
            // A single number has no rows: it is refused as a column of a wrong length.
            return Self { rows: None, ..Self::of_shape(array.iter().copied().collect(), &[]) };
        };
        let (shape, count) = (shape.to_vec(), array.len());
        let values = if is_whole {
            let (mut values, offset) = array.into_raw_vec_and_offset();
            if let Some(offset) = offset.filter(|&offset| offset > 0) {
                values.drain(..offset.min(values.len()));
            }
            values.truncate(count);
            values
        } else {
            array.iter().copied().collect()
        };
        Self { rows: Some(rows).filter(|_| count > 0), ..Self::of_shape(values, &shape) }
    }
}

#[cfg(feature = "ndarray")]
impl<T: ColumnElement, D: ndarray::Dimension> From<ndarray::ArrayView<'_, T, D>> for ColumnArray {
    fn from(view: ndarray::ArrayView<'_, T, D>) -> Self {
        view.to_owned().into()
    }
}

/// How messages call columns in memory.
pub(super) const ORIGIN: &str = "columns";

/// The columns as one batch, which shares their buffers.
pub(super) fn batch<K: Into<String>>(columns: impl IntoIterator<Item = (K, ColumnArray)>) -> Result<RecordBatch> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    let mut first: Option<(String, usize)> = None;
    for (name, column) in columns {
        let name = name.into();
        let rows = column.rows;
        let (field, array) = column.into_field(&name)?;
        let rows = rows.unwrap_or(array.len());
        match &first {
            Some((other, expected)) if rows != *expected => {
                let problem = format!("has {rows} rows, and column `{other}` has {expected}; give all as many");
                return Err(Error::Column { file: ORIGIN.into(), column: name, row: None, problem });
            }
            Some(_) => {}
            None => first = Some((name, rows)),
        }
        fields.push(field);
        arrays.push(array);
    }
    if arrays.is_empty() {
        return Err(Error::Data(format!("{ORIGIN}: there is none; give at least one with rows")));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Error::Data(format!("{ORIGIN}: {error}")))
}
