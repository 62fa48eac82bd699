//! Layer 1: schemas, FeatureSets over Arrow, and views of their rows.

mod access;
mod array;
pub(crate) mod beside;
mod buffer;
mod builder;
mod check;
mod chunks;
mod compose;
mod declared;
mod distinct;
mod element;
mod feature_set;
mod fingerprint;
mod from_files;
mod gather;
mod groups;
mod ids;
pub(crate) mod ipc;
mod join;
mod joined;
mod mask;
mod names;
#[cfg(feature = "ndarray")]
mod ndarrays;
mod numpy;
mod one_row;
mod parts;
mod predicate;
mod prefetch;
mod raw;
mod read;
mod recordings;
mod representation;
mod resample;
mod resolve;
mod rows;
mod schema;
mod select;
mod sequence;
mod since;
mod sort;
mod spans;
mod store;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod transform;
mod transformed;
mod value;
mod view;
mod views;
mod windowed;
mod windows;
mod write;
mod zone;

pub use array::{Array, Numbers};
#[doc(hidden)]
pub use buffer::ColumnData;
#[doc(hidden)]
pub use builder::Builder;
pub use chunks::Chunks;
pub(crate) use distinct::Distinct;
pub use element::ColumnElement;
pub use feature_set::{Dynamic, FeatureSet};
pub(crate) use gather::wrong_dtype;
pub(crate) use join::Join;
#[cfg(feature = "ndarray")]
pub(crate) use ndarrays::of_arrow;
#[cfg(feature = "ndarray")]
pub use ndarrays::{MaskedArray, PaddedArray};
pub use one_row::OneRow;
pub(crate) use one_row::RowColumns;
pub use predicate::{ColumnKey, Comparison, Condition, Literal, Literals, Predicate, Test, column};

pub use crate::spec::{
    Column, ColumnSpec, Date, Decimal, Domain, Dtype, Fill, Longer, Origin, ResampledColumn, ResampledSpec, SchemaSpec,
    Take, TimeDelta, TimeOfDay, TimeStep, Timestamp, Twice, WindowColumn, WindowsSpec,
};
pub use crate::text::{MAX_RANK, Shape};
pub use prefetch::{ColumnRequest, Prefetch};
pub use read::{
    ColumnArray, Dialect, FileColumn, FileSummary, Json, JsonLines, Overview, Parquet, Paths, Reader, Reads,
};
pub use representation::Representation;
pub use resample::{Resample, ResampledSchema};
pub use store::{Conversion, StoreWriter};
pub use transform::RowTransform;
pub use value::{ArrayElement, Class, ColumnValue, RowWriter, SingleValue};
pub use view::View;
pub use views::Views;
pub use windows::{WindowSchema, Windows};
pub(crate) use zone::Zone;

/// A row struct that declares its columns; implemented by `#[derive(SampleSchema)]`.
///
/// What the derive writes for a field of type `T`: a [`ColumnSpec`] whose `dtype` and `shape` are `T`'s as a
/// [`ColumnValue`] and whose `allows_missing` is true where the attribute says so or `T::OPTIONAL` is; a field
/// `Column<T>` in the columns struct; and `row.put(&self.field)` in [`SampleSchema::write`].
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
    /// Whether no rule refuses it; where one does, the rules of graphs are not asked.
    #[doc(hidden)]
    const IS_SOUND: bool = true;
    /// How its rows are made of those of recordings, where they stand at a fixed step (`#[resampled(..)]`).
    const RESAMPLED: Option<&'static ResampledSpec> = None;

    /// Writes the fields, one [`RowWriter::put`] a column in the order of [`SampleSchema::SCHEMA`].
    fn write(&self, row: &mut RowWriter<'_>);
}
