//! How exactly a graph keeps and computes numbers.

use candle_core::DType;

pub use crate::spec::Precision;

use crate::text::Name;

impl Precision {
    /// Every precision.
    pub const ALL: [Self; 4] = [Self::F32, Self::F64, Self::Bf16, Self::F16];

    /// The name as it is written, for example `Bf16`.
    #[must_use]
    pub const fn name(self) -> Name {
        match self {
            Self::F32 => "F32",
            Self::F64 => "F64",
            Self::Bf16 => "Bf16",
            Self::F16 => "F16",
        }
    }

    /// The precision of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }

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
