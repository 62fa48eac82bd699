//! FeatureSets: the data of an experiment under its schema.

use std::fmt;

use super::builder::Builder;
use super::ids::Ids;
use super::table::{Table, TableColumn};
use super::{RowWriter, SampleSchema, SchemaSpec, View, check, gather, sequence, write};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use std::marker::PhantomData;
use std::sync::Arc;
use uuid::Uuid;

/// The schema of a [`FeatureSet`] that is known at run time only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dynamic;

/// Samples: columns that agree with the schema `S`, and an id for each row.
///
/// The data never changes, and cloning shares everything: a copy costs nothing. Rows and columns are chosen in
/// [views](View); a FeatureSet of its own is made of a view by [`View::to_feature_set`]. Ids are version 4 UUIDs that stay
/// with their rows through views, splits, scaling, copies and files.
///
/// A FeatureSet knows neither splits nor scalers. Both belong to the experiment, which names them where they are used and
/// saves them with itself; scaled forms are made in its views, and raw values are always there.
///
/// ```
/// use modularml::SampleSchema;
/// use modularml::data::FeatureSet;
///
/// /// One voltage pulse of one cell.
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 2],
///     #[target]
///     soh: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// let pulses = FeatureSet::from_rows([
///     Pulse { voltage: [3.9, 3.7], soh: 0.98, cell: 1 },
///     Pulse { voltage: [3.8, 3.5], soh: 0.91, cell: 2 },
/// ])?;
/// let worn = pulses.view().filter(Pulse::COLUMNS.soh.lt(0.95))?;
/// assert_eq!(worn.rows(), [1]);
/// # Ok::<(), modularml::Error>(())
/// ```
pub struct FeatureSet<S = Dynamic> {
    table: Arc<Table>,
    sample: PhantomData<fn() -> S>,
}

impl<S: SampleSchema> FeatureSet<S> {
    /// A FeatureSet of rows in memory, with new ids.
    ///
    /// # Errors
    /// When there is no row, a feature or target is infinite or missing without being allowed to, or a class index is
    /// not below the number of classes.
    pub fn from_rows(rows: impl IntoIterator<Item = S>) -> Result<Self> {
        const ORIGIN: &str = "rows";
        let mut builders: Vec<Builder> = S::SCHEMA.columns.iter().map(|spec| Builder::new(spec.dtype)).collect();
        let mut count = 0;
        for row in rows {
            row.write(&mut RowWriter::new(&mut builders));
            count += 1;
        }
        check::row_count(ORIGIN, count)?;
        let mut columns = Vec::with_capacity(builders.len());
        for (spec, builder) in S::SCHEMA.columns.iter().zip(builders) {
            let (lengths, raw) = builder.finish();
            let raw = if spec.sequence.is_some() { sequence::padded(ORIGIN, spec, &raw, &lengths)? } else { raw };
            let width = gather::width(spec.shape)?;
            if raw.elements() != count * width {
                return Err(Error::Column {
                    file: ORIGIN.into(),
                    column: spec.key.into(),
                    row: None,
                    problem: format!(
                        "{count} rows wrote {} elements, expected {width} a row of {}; SampleSchema::write must put the \
                         columns in the order of SCHEMA",
                        raw.elements(),
                        spec.dtype.name()
                    ),
                });
            }
            check::refuse_missing(ORIGIN, spec, width, &check::missing(spec, &raw))?;
            check::refuse_infinite(ORIGIN, spec, width, &raw)?;
            check::refuse_unknown_classes(ORIGIN, spec, &raw)?;
            columns.push(TableColumn { raw: raw.into(), transformed: None });
        }
        Ok(Self::of(Table::new(S::SCHEMA, columns, Ids::random(count))))
    }
}

impl<S> FeatureSet<S> {
    pub(super) fn of(table: Table) -> Self {
        Self { table: Arc::new(table), sample: PhantomData }
    }

    pub(super) fn sharing(table: &Arc<Table>) -> Self {
        Self { table: Arc::clone(table), sample: PhantomData }
    }

    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The same data with its schema known at run time only.
    #[must_use]
    pub fn to_dynamic(&self) -> FeatureSet<Dynamic> {
        FeatureSet::sharing(&self.table)
    }

    /// All rows.
    #[must_use]
    pub fn view(&self) -> View {
        View::of(Arc::clone(&self.table))
    }

    /// How many rows there are; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Always false: a FeatureSet has rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids in row order. Those of several stores are copied into memory at the first call, 16 bytes each.
    #[must_use]
    pub fn ids(&self) -> &[Uuid] {
        &self.table.ids
    }

    /// The row that has an id, in constant time once the first call has made an index.
    #[must_use]
    pub fn row_of(&self, id: Uuid) -> Option<u32> {
        self.table.row_of(id)
    }

    /// The schema: the columns with their keys, domains, element types and shapes.
    #[must_use]
    pub fn schema(&self) -> SchemaSpec {
        self.table.schema
    }

    /// The data as an Arrow record batch, buffers shared.
    ///
    /// Ids are `sample_uuids` (`arrow.uuid`), columns `<domain>.<key>.raw`; arrays are canonical fixed-shape tensors, sequences
    /// lists, and classes numbers with their names in the metadata of the column. Other programs in the process take it
    /// without a copy through Arrow's C data interface, [`arrow::ffi`](crate::arrow::ffi), and [`Reader::batches`] takes what
    /// they hand over:
    ///
    /// ```
    /// use modularml::arrow::array::{Array, RecordBatch, StructArray};
    /// use modularml::arrow::ffi::{from_ffi, to_ffi};
    /// use modularml::prelude::*;
    ///
    /// /// One pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 2],
    /// }
    ///
    /// let pulses = FeatureSet::from_rows([Pulse { voltage: [3.9, 3.7] }, Pulse { voltage: [3.8, 3.5] }])?;
    /// // Two structs that C knows, for example for `RecordBatch._import_from_c` of pyarrow.
    /// let (array, schema) = to_ffi(&StructArray::from(pulses.to_arrow()?).into_data())?;
    /// // SAFETY: both are those of one table.
    /// let table = StructArray::from(unsafe { from_ffi(array, &schema) }?);
    /// assert_eq!(Reader::<Pulse>::new().batches([RecordBatch::from(table)])?, pulses);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Reader::batches`]: super::Reader::batches
    ///
    /// # Errors
    /// When an array has more elements than Arrow can count.
    pub fn to_arrow(&self) -> Result<RecordBatch> {
        write::record_batch(&self.table, &self.table.schema, write::Chosen::All)
    }
}

impl<S> Clone for FeatureSet<S> {
    fn clone(&self) -> Self {
        Self::sharing(&self.table)
    }
}

/// Equality of schema, ids and every value, bit for bit.
impl<S> PartialEq for FeatureSet<S> {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

impl<S> fmt::Debug for FeatureSet<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())
    }
}
