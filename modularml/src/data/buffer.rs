//! Columns in memory: Arrow buffers with their element type known.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, PrimitiveArray, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal64Type, DurationNanosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time64NanosecondType, TimeUnit, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};

use arrow::error::ArrowError;

use super::Dtype;
use crate::spec::decimal::DIGITS;

/// Runs one expression for whichever number type the values have, and another for bools, text, classes and times.
macro_rules! match_numbers {
    ($values:expr, $numbers:ident => $each:expr, $other:ident => $rest:expr) => {
        match $values {
            $crate::data::buffer::Values::I8($numbers) => $each,
            $crate::data::buffer::Values::I16($numbers) => $each,
            $crate::data::buffer::Values::I32($numbers) => $each,
            $crate::data::buffer::Values::I64($numbers) => $each,
            $crate::data::buffer::Values::U8($numbers) => $each,
            $crate::data::buffer::Values::U16($numbers) => $each,
            $crate::data::buffer::Values::U32($numbers) => $each,
            $crate::data::buffer::Values::U64($numbers) => $each,
            $crate::data::buffer::Values::F32($numbers) => $each,
            $crate::data::buffer::Values::F64($numbers) => $each,
            $other => $rest,
        }
    };
}
pub(super) use match_numbers;

/// Runs one expression for whatever is stored as a whole number (integers, decimals, classes and times), and another for the
/// rest.
macro_rules! match_whole {
    ($values:expr, $whole:ident => $each:expr, $other:ident => $rest:expr) => {
        match $values {
            $crate::data::buffer::Values::I8($whole) => $each,
            $crate::data::buffer::Values::I16($whole) => $each,
            $crate::data::buffer::Values::I32($whole) | $crate::data::buffer::Values::Date($whole) => $each,
            $crate::data::buffer::Values::U8($whole) => $each,
            $crate::data::buffer::Values::U16($whole) => $each,
            $crate::data::buffer::Values::U32($whole) | $crate::data::buffer::Values::Class($whole) => $each,
            $crate::data::buffer::Values::U64($whole) => $each,
            $crate::data::buffer::Values::I64($whole)
            | $crate::data::buffer::Values::Timestamp($whole)
            | $crate::data::buffer::Values::TimeOfDay($whole)
            | $crate::data::buffer::Values::TimeDelta($whole)
            | $crate::data::buffer::Values::Decimal($whole) => $each,
            $other => $rest,
        }
    };
}
pub(super) use match_whole;

/// The values of a column, row after row; arrays are flat in row-major order.
#[derive(Clone, Debug)]
pub enum Values {
    Bool(BooleanBuffer),
    I8(ScalarBuffer<i8>),
    I16(ScalarBuffer<i16>),
    I32(ScalarBuffer<i32>),
    I64(ScalarBuffer<i64>),
    U8(ScalarBuffer<u8>),
    U16(ScalarBuffer<u16>),
    U32(ScalarBuffer<u32>),
    U64(ScalarBuffer<u64>),
    F32(ScalarBuffer<f32>),
    F64(ScalarBuffer<f64>),
    Text(StringArray),
    Class(ScalarBuffer<u32>),
    Timestamp(ScalarBuffer<i64>),
    Date(ScalarBuffer<i32>),
    TimeOfDay(ScalarBuffer<i64>),
    TimeDelta(ScalarBuffer<i64>),
    /// Units of the last digit that the column has behind the point.
    Decimal(ScalarBuffer<i64>),
}

impl Values {
    pub(super) fn dtype(&self) -> Dtype {
        match self {
            Self::Bool(_) => Dtype::Bool,
            Self::I8(_) => Dtype::I8,
            Self::I16(_) => Dtype::I16,
            Self::I32(_) => Dtype::I32,
            Self::I64(_) => Dtype::I64,
            Self::U8(_) => Dtype::U8,
            Self::U16(_) => Dtype::U16,
            Self::U32(_) => Dtype::U32,
            Self::U64(_) => Dtype::U64,
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
            Self::Text(_) => Dtype::Text,
            Self::Class(_) => Dtype::Class,
            Self::Timestamp(_) => Dtype::Timestamp,
            Self::Date(_) => Dtype::Date,
            Self::TimeOfDay(_) => Dtype::TimeOfDay,
            Self::TimeDelta(_) => Dtype::TimeDelta,
            Self::Decimal(_) => Dtype::Decimal,
        }
    }

    /// The bytes of numbers, of the indices of classes and of times; none of bools and text.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::F32(values) => values.inner().as_slice(),
            Self::F64(values) => values.inner().as_slice(),
            whole => match_whole!(whole, values => values.inner().as_slice(), _other => &[]),
        }
    }
}

/// How a file says that its timestamps are points in time, and not what some clock showed: as an offset, which all that
/// read Arrow know without a database of zones.
const UTC: &str = "+00:00";

macro_rules! values_of_numbers {
    ($($number:ty => $variant:ident,)*) => {$(
        impl From<Vec<$number>> for Values {
            fn from(values: Vec<$number>) -> Self {
                Self::$variant(values.into())
            }
        }
    )*};
}

values_of_numbers! {
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f32 => F32, f64 => F64,
}

/// A column: values and which of them are missing.
///
/// A missing float is NaN and not marked; `nulls` is for the other types, and for single values only.
#[derive(Clone, Debug)]
pub struct ColumnData {
    pub(super) values: Values,
    pub(super) nulls: Option<NullBuffer>,
    /// How many elements of each row are no padding, for a column of sequences.
    pub(super) lengths: Option<ScalarBuffer<u32>>,
}

impl ColumnData {
    /// Whether the element is not marked as missing.
    pub(super) fn holds(&self, element: usize) -> bool {
        self.nulls.as_ref().is_none_or(|nulls| element < nulls.len() && nulls.is_valid(element))
    }

    /// The text at an element, when it is there.
    pub(super) fn text(&self, element: usize) -> Option<&str> {
        match &self.values {
            Values::Text(values) if self.holds(element) && element < values.len() => Some(values.value(element)),
            _ => None,
        }
    }

    /// Elements of exactly the element type's Arrow form; the buffers are shared.
    pub(super) fn from_arrow(elements: &ArrayRef, dtype: Dtype) -> Option<Self> {
        macro_rules! numbers {
            ($variant:ident, $kind:ty) => {
                Values::$variant(elements.as_primitive_opt::<$kind>()?.values().clone())
            };
        }
        let values = match dtype {
            Dtype::Bool => Values::Bool(elements.as_boolean_opt()?.values().clone()),
            Dtype::I8 => numbers!(I8, Int8Type),
            Dtype::I16 => numbers!(I16, Int16Type),
            Dtype::I32 => numbers!(I32, Int32Type),
            Dtype::I64 => numbers!(I64, Int64Type),
            Dtype::U8 => numbers!(U8, UInt8Type),
            Dtype::U16 => numbers!(U16, UInt16Type),
            Dtype::U32 => numbers!(U32, UInt32Type),
            Dtype::U64 => numbers!(U64, UInt64Type),
            Dtype::F32 => numbers!(F32, Float32Type),
            Dtype::F64 => numbers!(F64, Float64Type),
            Dtype::Text => Values::Text(elements.as_string_opt()?.clone()),
            Dtype::Class => numbers!(Class, UInt32Type),
            Dtype::Timestamp => numbers!(Timestamp, TimestampNanosecondType),
            Dtype::Date => numbers!(Date, Date32Type),
            Dtype::TimeOfDay => numbers!(TimeOfDay, Time64NanosecondType),
            Dtype::TimeDelta => numbers!(TimeDelta, DurationNanosecondType),
            Dtype::Decimal => numbers!(Decimal, Decimal64Type),
        };
        let nulls = elements.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        Some(Self { values, nulls, lengths: None })
    }

    /// The elements in their Arrow form; the buffers are shared. The digits that a decimal has behind the point are a matter of
    /// the column, [`scaled`].
    pub(super) fn to_arrow(&self) -> ArrayRef {
        macro_rules! numbers {
            ($kind:ty, $values:ident) => {
                Arc::new(PrimitiveArray::<$kind>::new($values.clone(), self.nulls.clone()))
            };
        }
        match &self.values {
            Values::Bool(values) => Arc::new(BooleanArray::new(values.clone(), self.nulls.clone())),
            Values::I8(values) => numbers!(Int8Type, values),
            Values::I16(values) => numbers!(Int16Type, values),
            Values::I32(values) => numbers!(Int32Type, values),
            Values::I64(values) => numbers!(Int64Type, values),
            Values::U8(values) => numbers!(UInt8Type, values),
            Values::U16(values) => numbers!(UInt16Type, values),
            Values::U32(values) | Values::Class(values) => numbers!(UInt32Type, values),
            Values::U64(values) => numbers!(UInt64Type, values),
            Values::F32(values) => numbers!(Float32Type, values),
            Values::F64(values) => numbers!(Float64Type, values),
            Values::Text(values) => Arc::new(values.clone()),
            Values::Timestamp(values) => {
                let times = PrimitiveArray::<TimestampNanosecondType>::new(values.clone(), self.nulls.clone());
                Arc::new(times.with_timezone(UTC))
            }
            Values::Date(values) => numbers!(Date32Type, values),
            Values::TimeOfDay(values) => numbers!(Time64NanosecondType, values),
            Values::TimeDelta(values) => numbers!(DurationNanosecondType, values),
            Values::Decimal(values) => numbers!(Decimal64Type, values),
        }
    }

    /// The same column with NaN for the floats that are marked as missing.
    #[must_use]
    pub(super) fn with_nan(self) -> Self {
        fn fill<T: Copy>(values: &[T], nulls: &NullBuffer, nan: T) -> Vec<T> {
            values.iter().zip(nulls).map(|(&value, holds)| if holds { value } else { nan }).collect()
        }
        let values = match (&self.values, &self.nulls) {
            (Values::F32(values), Some(nulls)) => Values::F32(fill(values, nulls, f32::NAN).into()),
            (Values::F64(values), Some(nulls)) => Values::F64(fill(values, nulls, f64::NAN).into()),
            _ => return self,
        };
        Self { values, nulls: None, lengths: self.lengths }
    }

    /// How many elements there are, all rows together.
    pub(super) fn elements(&self) -> usize {
        match &self.values {
            Values::Bool(values) => values.len(),
            Values::Text(values) => values.len(),
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
            whole => match_whole!(whole, values => values.len(), _other => 0),
        }
    }
}

/// The digits behind the point that a decimal of a file has, where a column can have as many.
pub(super) fn scale_of(scale: i8) -> Option<u8> {
    u8::try_from(scale).ok().filter(|scale| *scale <= DIGITS)
}

/// Decimals in units with the digits behind the point that their column has, and other elements as they are.
pub(super) fn scaled(elements: ArrayRef, scale: u8) -> Result<ArrayRef, ArrowError> {
    let Some(units) = elements.as_primitive_opt::<Decimal64Type>() else { return Ok(elements) };
    // A column has no more than 18 digits behind the point.
    let scale = i8::try_from(scale.min(DIGITS)).unwrap_or_default();
    #[allow(clippy::cast_possible_wrap, reason = "there are 18")]
    let units = units.clone().with_precision_and_scale(DIGITS, scale)?;
    Ok(Arc::new(units))
}

/// The element type that is stored as exactly this Arrow type.
pub(super) fn dtype(kind: &DataType) -> Option<Dtype> {
    Some(match kind {
        DataType::Boolean => Dtype::Bool,
        DataType::Int8 => Dtype::I8,
        DataType::Int16 => Dtype::I16,
        DataType::Int32 => Dtype::I32,
        DataType::Int64 => Dtype::I64,
        DataType::UInt8 => Dtype::U8,
        DataType::UInt16 => Dtype::U16,
        DataType::UInt32 => Dtype::U32,
        DataType::UInt64 => Dtype::U64,
        DataType::Float32 => Dtype::F32,
        DataType::Float64 => Dtype::F64,
        DataType::Utf8 => Dtype::Text,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Dtype::Timestamp,
        DataType::Date32 => Dtype::Date,
        DataType::Time64(TimeUnit::Nanosecond) => Dtype::TimeOfDay,
        DataType::Duration(TimeUnit::Nanosecond) => Dtype::TimeDelta,
        DataType::Decimal64(_, scale) if scale_of(*scale).is_some() => Dtype::Decimal,
        _ => return None,
    })
}
