//! How exactly a graph keeps and computes numbers.

use candle_core::DType;

use crate::text::Name;

/// The type of numbers of a graph; [`Precision::F32`] where a graph says nothing.
///
/// ```
/// use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
/// use modularml::graph::{GraphBuilder, Linear, Precision, Reads};
///
/// # const fn column(key: &'static str, domain: Domain) -> ColumnSpec {
/// #     let (dtype, shape) = (Dtype::F32, Shape::new(&[]));
/// #     ColumnSpec {
/// #         key, stored_as: key, domain, dtype, shape, classes: &[], allows_missing: false, groups: false, sequence: None,
/// #     }
/// # }
/// const POINT: SchemaSpec =
///     SchemaSpec { name: "Point", columns: &[column("x", Domain::Feature), column("y", Domain::Target)] };
///
/// let graph = GraphBuilder::new("Line")
///     .precision(Precision::Bf16)
///     .input("point", POINT)
///     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
///     .build(1)?;
/// assert_eq!(graph.parameters(0)[0].1.dtype(), candle_core::DType::BF16);
/// assert_eq!(graph.dtype(), candle_core::DType::F32);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits for everything, about 7 decimal places.
    #[default]
    F32,
    /// 64 bits for everything, about 16 decimal places: for tests against other libraries, and where differences of
    /// large numbers count.
    F64,
    /// Parameters are kept as bfloat16, the upper half of an f32: its range with about 2 decimal places. Everything is
    /// computed in f32.
    Bf16,
    /// Parameters are kept as IEEE half precision: about 3 decimal places, up to 65504. Everything is computed in f32.
    F16,
}

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
