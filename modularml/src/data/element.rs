//! The types that arrays in memory consist of, whether columns are made of them or they of columns.

#[cfg(feature = "ndarray")]
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, PrimitiveArray};
use arrow::datatypes::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::Dtype;
use super::buffer::Values;
#[cfg(feature = "ndarray")]
use super::buffer::match_whole;

/// A type that arrays in memory consist of: a number or `bool`.
///
/// [`ColumnArray`](super::ColumnArray)s become columns, and with the feature `ndarray` columns become arrays of that crate.
#[diagnostic::on_unimplemented(
    message = "no array in memory consists of `{Self}`",
    label = "not a number and not a bool",
    note = "use bool, i8..i64, u8..u64, f32 or f64; a column of text or times is made by `.into()`",
    note = "of a column, classes are u32 in an array and times i64, and text is read by `texts`"
)]
pub trait ColumnElement: Sized + Copy + Default + PartialEq + 'static {
    /// The element type of a column of them.
    #[doc(hidden)]
    const DTYPE: Dtype;
    /// What says that a value is missing, where the type has something for it.
    #[doc(hidden)]
    const MISSING: Option<Self>;

    /// The values as an Arrow array that takes them over.
    #[doc(hidden)]
    fn into_arrow(values: Vec<Self>) -> ArrayRef;

    /// The values of an Arrow array of exactly this type.
    #[doc(hidden)]
    fn of_arrow(array: &dyn Array) -> Option<&[Self]>;

    /// Values that are stored as this type.
    #[doc(hidden)]
    fn stored(values: &Values) -> Option<&[Self]>;

    /// Scaled values, where this is their type.
    #[doc(hidden)]
    #[must_use]
    fn scaled(_values: &[f64]) -> Option<&[Self]> {
        None
    }

    /// A whole number, where it stays the same.
    #[doc(hidden)]
    fn of_whole(value: i128) -> Option<Self>;

    /// The nearest to a float, of floats alone; none where a finite one would become infinite.
    #[doc(hidden)]
    fn of_float(value: f64) -> Option<Self>;

    /// A truth value; 1 and 0 as a number.
    #[doc(hidden)]
    fn of_bool(value: bool) -> Self;
}

/// What integers and floats have in common.
macro_rules! stored {
    ($dtype:ident, $kind:ty, $($stored:ident)|+) => {
        const DTYPE: Dtype = Dtype::$dtype;

        fn into_arrow(values: Vec<Self>) -> ArrayRef {
            Arc::new(PrimitiveArray::<$kind>::new(values.into(), None))
        }

        fn of_arrow(array: &dyn Array) -> Option<&[Self]> {
            array.as_any().downcast_ref::<PrimitiveArray<$kind>>().map(|array| array.values().as_ref())
        }

        fn stored(values: &Values) -> Option<&[Self]> {
            match values {
                $(Values::$stored(values))|+ => Some(values),
                _ => None,
            }
        }
    };
}

macro_rules! integers {
    ($($number:ty => $dtype:ident, $kind:ty, $($stored:ident)|+;)*) => {$(
        impl ColumnElement for $number {
            stored!($dtype, $kind, $($stored)|+);

            const MISSING: Option<Self> = None;

            fn of_whole(value: i128) -> Option<Self> {
                value.try_into().ok()
            }

            fn of_float(_: f64) -> Option<Self> {
                None
            }

            fn of_bool(value: bool) -> Self {
                value.into()
            }
        }
    )*};
}

integers! {
    i8 => I8, Int8Type, I8;
    i16 => I16, Int16Type, I16;
    i32 => I32, Int32Type, I32 | Date;
    i64 => I64, Int64Type, I64 | Timestamp | TimeOfDay | TimeDelta;
    u8 => U8, UInt8Type, U8;
    u16 => U16, UInt16Type, U16;
    u32 => U32, UInt32Type, U32 | Class;
    u64 => U64, UInt64Type, U64;
}

macro_rules! floats {
    ($($number:ident => $dtype:ident, $kind:ty, $scaled:expr;)*) => {$(
        impl ColumnElement for $number {
            stored!($dtype, $kind, $dtype);

            const MISSING: Option<Self> = Some($number::NAN);

            fn scaled(values: &[f64]) -> Option<&[Self]> {
                let scaled: fn(&[f64]) -> Option<&[Self]> = $scaled;
                scaled(values)
            }

            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "what was rounded is refused")]
            fn of_whole(value: i128) -> Option<Self> {
                let float = value as Self;
                (float as i128 == value).then_some(float)
            }

            #[allow(clippy::cast_possible_truncation, clippy::unnecessary_cast, reason = "the nearest one is wanted")]
            fn of_float(value: f64) -> Option<Self> {
                let float = value as Self;
                (float.is_finite() || !value.is_finite()).then_some(float)
            }

            fn of_bool(value: bool) -> Self {
                u8::from(value).into()
            }
        }
    )*};
}

floats! {
    f32 => F32, Float32Type, |_| None;
    f64 => F64, Float64Type, |values| Some(values);
}

impl ColumnElement for bool {
    const DTYPE: Dtype = Dtype::Bool;
    const MISSING: Option<Self> = None;

    fn into_arrow(values: Vec<Self>) -> ArrayRef {
        Arc::new(BooleanArray::from(values))
    }

    fn of_arrow(_: &dyn Array) -> Option<&[Self]> {
        None
    }

    fn stored(_: &Values) -> Option<&[Self]> {
        None
    }

    fn of_whole(_: i128) -> Option<Self> {
        None
    }

    fn of_float(_: f64) -> Option<Self> {
        None
    }

    fn of_bool(value: bool) -> Self {
        value
    }
}

/// Appends some values of another type.
///
/// # Errors
/// The position of the first that the type cannot hold; that of the first for values of no such type.
#[cfg(feature = "ndarray")]
pub(super) fn extend<T: ColumnElement>(to: &mut Vec<T>, values: &Values, range: Range<usize>) -> Result<(), usize> {
    if let Some(values) = T::stored(values) {
        to.extend_from_slice(values.get(range.clone()).ok_or(range.start)?);
        return Ok(());
    }
    for at in range {
        let value = match values {
            Values::Bool(values) => (at < values.len()).then(|| T::of_bool(values.value(at))),
            Values::F32(values) => values.get(at).and_then(|&value| T::of_float(value.into())),
            Values::F64(values) => values.get(at).and_then(|&value| T::of_float(value)),
            whole => match_whole!(whole,
                values => values.get(at).and_then(|&value| T::of_whole(value.into())),
                _other => None),
        };
        to.push(value.ok_or(at)?);
    }
    Ok(())
}

/// A value as messages show it.
#[cfg(feature = "ndarray")]
pub(super) fn shown(values: &Values, at: usize) -> String {
    let text = match values {
        Values::F32(values) => values.get(at).map(|value| format!("{value:?}")),
        Values::F64(values) => values.get(at).map(|value| format!("{value:?}")),
        whole => match_whole!(whole, values => values.get(at).map(ToString::to_string), _other => None),
    };
    text.unwrap_or_else(|| "a value".to_owned())
}
