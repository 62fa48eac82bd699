//! Numbers of some rows, as one buffer.

use super::parts::put;

/// The numbers of a column for some rows, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// How many rows, and the shape of a row behind it.
    pub dims: Vec<usize>,
    /// The numbers.
    pub numbers: Numbers,
}

/// Numbers of one type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// 32-bit unsigned integers, also the indices of classes.
    U32(Vec<u32>),
    /// Bytes.
    U8(Vec<u8>),
}

/// A number of f64 as f32.
#[allow(clippy::cast_possible_truncation, reason = "f32 was asked for; its range was checked when data was bound")]
pub(super) fn to_f32(value: f64) -> f32 {
    value as f32
}

macro_rules! numbers_from {
    ($($number:ty => $kind:ident),*) => {
        impl Numbers {
            /// So many zeros of the same type.
            pub(super) fn zeros(&self, count: usize) -> Self {
                match self {
                    $(Self::$kind(_) => Self::$kind(vec![<$number>::default(); count]),)*
                }
            }

            /// Puts numbers of the same type for some rows, `width` each, to the places of the rows.
            pub(super) fn put(&mut self, part: &Self, width: usize, places: &[usize]) {
                match (self, part) {
                    $((Self::$kind(all), Self::$kind(part)) => put(part, width, places, all),)*
                    // All parts of a column have one type.
                    _ => {}
                }
            }
        }
        $(
        impl From<Vec<$number>> for Numbers {
            fn from(numbers: Vec<$number>) -> Self {
                Self::$kind(numbers)
            }
        }
    )*};
}

numbers_from!(f32 => F32, f64 => F64, i64 => I64, u32 => U32, u8 => U8);
