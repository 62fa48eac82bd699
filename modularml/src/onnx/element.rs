//! What the numbers of an ONNX value are.

use super::messages::data_type;

/// The element type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `float`, f32.
    Float,
    /// `double`, f64.
    Double,
    /// `int64`.
    Int64,
    /// `uint64`.
    Uint64,
    /// `bool`.
    Bool,
}

impl Element {
    /// Its number in the format.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::Float => data_type::FLOAT,
            Self::Double => data_type::DOUBLE,
            Self::Int64 => data_type::INT64,
            Self::Uint64 => data_type::UINT64,
            Self::Bool => data_type::BOOL,
        }
    }

    /// Its name in the format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Double => "double",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Bool => "bool",
        }
    }

    /// Numbers as little-endian bytes.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "constants of this type")]
    pub(super) fn bytes(self, values: &[f64]) -> Vec<u8> {
        match self {
            Self::Float => values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
            Self::Double => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Int64 => values.iter().flat_map(|&value| (value as i64).to_le_bytes()).collect(),
            Self::Uint64 => values.iter().flat_map(|&value| (value as u64).to_le_bytes()).collect(),
            Self::Bool => values.iter().map(|&value| u8::from(value != 0.0)).collect(),
        }
    }
}
