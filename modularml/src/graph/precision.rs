//! How exactly a graph keeps and computes numbers.

use candle_core::DType;

pub use crate::spec::Precision;

impl Precision {
    /// The type that parameters are kept in.
    #[must_use]
    pub const fn of_parameters(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
            Self::Bf16 => DType::BF16,
            Self::F16 => DType::F16,
        }
    }

    /// The type of columns and of all that is computed.
    #[must_use]
    pub const fn of_computation(self) -> DType {
        match self {
            Self::F32 | Self::Bf16 | Self::F16 => DType::F32,
            Self::F64 => DType::F64,
        }
    }
}
