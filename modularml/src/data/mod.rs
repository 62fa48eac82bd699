//! Layer 1: schemas, FeatureSets over Arrow, and views of their rows.

mod schema;
mod shape;
mod view;

pub use schema::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
pub use shape::{MAX_RANK, Shape};
pub use view::{Representation, View};

/// A row struct that declares its columns; implemented by `#[derive(SampleSchema)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample schema",
    label = "not a sample schema",
    note = "add #[derive(SampleSchema)] to the row struct"
)]
pub trait SampleSchema: Sized {
    /// The generated struct with one [`Column`] a field.
    type Columns: Copy + 'static;
    /// The description of the sample.
    const SCHEMA: SchemaSpec;
    /// The typed columns: `Pulse::COLUMNS.voltage`.
    const COLUMNS: Self::Columns;
}
