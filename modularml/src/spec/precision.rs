//! How exactly a graph keeps and computes numbers.

use crate::text::choices;

/// The type of numbers of a graph; [`Precision::F32`] where a graph says nothing.
///
/// ```
/// use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
/// use modularml::graph::{GraphBuilder, Linear, Precision, Reads};
///
/// # const fn column(key: &'static str, domain: Domain) -> ColumnSpec {
/// #     ColumnSpec::new(key, domain, Dtype::F32, Shape::SCALAR)
/// # }
/// const POINT: SchemaSpec =
///     SchemaSpec { name: "Point", columns: &[column("x", Domain::Feature), column("y", Domain::Target)] };
///
/// let graph = GraphBuilder::new("Line")
///     .precision(Precision::Bf16)
///     .input("point", POINT)
///     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
///     .build(1)?;
/// assert_eq!(graph.parameters(0)[0].1.dtype().as_str(), "bf16");
/// assert_eq!(graph.dtype().as_str(), "f32");
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

choices!(Precision: F32, F64, Bf16, F16);
