//! FeatureSets made from others: of a view's rows, of several sets, with a column more or less.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};

use super::array::to_f32;
use super::buffer::{ColumnData, Values};
use super::builder::Builder;
use super::read::Reader;
use super::rows::difference;
use super::table::TableColumn;
use super::{
    ColumnSpec, ColumnValue, Domain, Dtype, Dynamic, FeatureSet, Longer, Representation, RowTransform, SchemaSpec,
    View, check, gather, resolve, sequence,
};
use crate::text::intern;
use crate::{Error, Result};

/// Stands for a file in messages about columns that were made in memory.
const ORIGIN: &str = "with_column";
/// How many rows are transformed at once.
const ROWS_AT_ONCE: usize = 1 << 13;

impl View {
    /// The rows and columns of this view as a FeatureSet of their own, in the view's order: a copy that no longer holds
    /// the rest in memory. Ids stay. Scaled forms are left behind, because scaling belongs to the experiment.
    ///
    /// [`FeatureSet::typed`] gives it its schema struct back, without a copy when all columns are there.
    ///
    /// # Errors
    /// When the view has no row, no column, or holds a row twice.
    pub fn to_feature_set(&self) -> Result<FeatureSet<Dynamic>> {
        self.require_rows("make a FeatureSet of")?;
        let batch = raw_only(&self.copied_to_arrow()?)?;
        Reader::with_schema(self.schema).batches([batch])
    }
}

impl<S> FeatureSet<S> {
    /// The rows of several sets of one schema as one set, those of the first set first. Ids stay.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[target]
    /// #     soh: f32,
    /// # }
    /// let spring = FeatureSet::from_rows([0.98, 0.97].map(|soh| Pulse { soh }))?;
    /// let autumn = FeatureSet::from_rows([0.91].map(|soh| Pulse { soh }))?;
    /// let year = FeatureSet::concat([&spring, &autumn])?;
    /// assert_eq!(year.len(), 3);
    /// assert_eq!(year.ids()[2], autumn.ids()[0]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no set, two sets have different schemas, one is of windows, or two rows have one id.
    pub fn concat<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Result<Self>
    where
        S: 'a,
    {
        let sets: Vec<&Self> = sets.into_iter().collect();
        let Some(first) = sets.first() else {
            return Err(Error::Data("no FeatureSet is given to be joined; give at least one".to_owned()));
        };
        for (position, set) in sets.iter().enumerate() {
            if let Some(difference) = difference(&first.schema(), &set.schema()) {
                return Err(Error::Data(format!("FeatureSets 0 and {position} have different schemas: {difference}")));
            }
        }
        if let Some(position) = sets.iter().position(|set| set.table().spans().is_some()) {
            return Err(Error::Data(format!(
                "FeatureSet {position} is of windows, which splits could not keep apart in a joined copy; join the \
                 recordings, and make the windows over those"
            )));
        }
        refuse_same_ids(&sets)?;
        let batches = sets.iter().map(|set| nullable(&raw_only(&set.to_arrow()?)?)).collect::<Result<Vec<_>>>()?;
        let joined = Reader::with_schema(first.schema()).batches(batches)?;
        Ok(Self::sharing(joined.table()))
    }

    /// The same rows with one column more, under a schema that is known at run time. All buffers are shared.
    ///
    /// The values have a column's Rust type, for example `f32`, `[f64; 3]`, `Option<i64>` or `String`; missing values
    /// are allowed where it is an `Option`, and where it is a `Vec` the longest one gives the declared length. Splits and scaled forms are no columns: they belong to the experiment.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # use modularml::data::Domain;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[target]
    /// #     soh: f32,
    /// # }
    /// # let pulses = FeatureSet::from_rows([0.98, 0.97].map(|soh| Pulse { soh }))?;
    /// let marked = pulses.with_column("is_worn", Domain::Tag, [false, true])?;
    /// assert_eq!(marked.ids(), pulses.ids());
    /// assert_eq!(marked.without_column("is_worn")?.typed::<Pulse>()?, pulses);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is a column of that key, the key cannot be one, there is not one value a row, or a value is missing or
    /// infinite.
    pub fn with_column<T: ColumnValue>(
        &self,
        key: &str,
        domain: Domain,
        values: impl IntoIterator<Item = T>,
    ) -> Result<FeatureSet<Dynamic>> {
        let mut builder = Builder::new(T::DTYPE);
        let mut rows = 0;
        for value in values {
            value.write(&mut builder);
            rows += 1;
        }
        let (lengths, mut raw) = builder.finish();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let shape = if T::SEQUENCE { T::SHAPE.inside(longest).unwrap_or(T::SHAPE) } else { T::SHAPE };
        let spec = ColumnSpec {
            allows_missing: T::OPTIONAL,
            scale: T::SCALE,
            sequence: T::SEQUENCE.then_some(Longer::Refuse),
            ..ColumnSpec::new(intern(key), domain, T::DTYPE, shape)
        };
        if T::SEQUENCE {
            raw = sequence::padded("values", &spec, &raw, &lengths)?;
        }
        self.with_data(spec, raw, rows)
    }

    /// The same rows with one column more: what a fitted chain of scalers makes of the column `from`, under a schema that
    /// is known at run time. This is how encoders and imputers, which change the shape, become what a graph reads.
    ///
    /// The new column is f64 where `from` is, else f32, and is held in memory, also when the rows are in a mapped file.
    /// It is a column like any other, so that [`typed`](FeatureSet::typed) gives it its place in a schema struct.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # use modularml::data::{Class, Domain};
    /// # use modularml::process::{FittedChain, OneHot};
    /// /// As it is read.
    /// #[derive(SampleSchema)]
    /// struct Reading {
    ///     #[feat]
    ///     #[classes("fresh", "worn", "dead")]
    ///     state: Class,
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// /// As the graph reads it: one value for each class.
    /// #[derive(SampleSchema)]
    /// struct Encoded {
    ///     #[feat]
    ///     state_hot: [f32; 3],
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// let readings = FeatureSet::from_rows([
    ///     Reading { state: Class::new(0), soh: 0.98 },
    ///     Reading { state: Class::new(2), soh: 0.71 },
    /// ])?;
    /// let chain = FittedChain::fit(&[OneHot::new().spec()], "state", &readings.view())?;
    /// let encoded = readings.with_transformed("state_hot", Domain::Feature, "state", &chain)?.typed::<Encoded>()?;
    /// assert_eq!(encoded.view().values(Encoded::COLUMNS.state_hot)?, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`with_column`](Self::with_column), or when there is no column `from`, or `transform` refuses it or its values.
    pub fn with_transformed(
        &self,
        key: &str,
        domain: Domain,
        from: &str,
        transform: &dyn RowTransform,
    ) -> Result<FeatureSet<Dynamic>> {
        let view = self.view();
        let given = view.column_spec(from)?;
        given.refuse_scaling(transform.encodes())?;
        if given.sequence.is_some() {
            return Err(Error::Data(format!(
                "column `{from}` holds sequences, and a column of their scaled values would have lost their lengths; scale it \
                 by FittedChain::transform or in an experiment"
            )));
        }
        let shape = transform.shape();
        let dtype = if given.dtype == Dtype::F64 { Dtype::F64 } else { Dtype::F32 };
        let (mut wide, mut narrow) = (Vec::<f64>::new(), Vec::<f32>::new());
        let mut allows_missing = false;
        for chunk in view.chunks(from, Representation::Raw, ROWS_AT_ONCE)? {
            let values = transform.apply(chunk?)?;
            allows_missing |= values.iter().any(|value| value.is_nan());
            match dtype {
                Dtype::F64 => wide.extend(values),
                _ => narrow.extend(values.into_iter().map(to_f32)),
            }
        }
        let found = wide.len() + narrow.len();
        let expected = gather::width(shape)?.saturating_mul(self.len());
        if found != expected {
            let rows = self.len();
            return Err(Error::Data(format!(
                "column `{key}`: the transform of `{from}` gave {found} values, expected {rows} rows of {shape}"
            )));
        }
        let values = if dtype == Dtype::F64 { Values::F64(wide.into()) } else { Values::F32(narrow.into()) };
        let raw = ColumnData { values, nulls: None, lengths: None };
        let spec = ColumnSpec { allows_missing, ..ColumnSpec::new(intern(key), domain, dtype, shape) };
        self.with_data(spec, raw, self.len())
    }

    pub(super) fn with_data(&self, spec: ColumnSpec, raw: ColumnData, rows: usize) -> Result<FeatureSet<Dynamic>> {
        if rows != self.len() {
            let (key, expected) = (spec.key, self.len());
            return Err(Error::Data(format!(
                "column `{key}`: {rows} values are given for {expected} rows; give one a row"
            )));
        }
        let table = self.table();
        if table.schema.column(spec.key).is_some() {
            let (name, key) = (table.schema.name, spec.key);
            return Err(Error::Data(format!(
                "`{name}` has a column `{key}`; choose another key, or leave that column out by without_column(\"{key}\")"
            )));
        }
        let specs = table.schema.columns.iter().copied().chain([spec]).collect();
        let schema = SchemaSpec::at_run_time(table.schema.name, specs);
        let mistakes = crate::rules::schema::all(&schema);
        if !mistakes.is_empty() {
            return Err(Error::Refused(mistakes.iter().map(ToString::to_string).collect()));
        }
        let width = gather::width(spec.shape)?;
        check::refuse_missing(ORIGIN, &spec, width, &check::missing(&spec, &raw))?;
        check::refuse_infinite(ORIGIN, &spec, width, &raw)?;
        check::refuse_unknown_classes(ORIGIN, &spec, &raw)?;
        let column = TableColumn { raw: raw.into(), transformed: None };
        let columns = table.columns.iter().cloned().chain([column]).collect();
        Ok(FeatureSet::of(table.with_columns(schema, columns)))
    }

    /// The same rows without one of the columns, under a schema that is known at run time. All buffers are shared.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn without_column(&self, key: &str) -> Result<FeatureSet<Dynamic>> {
        let table = self.table();
        let left_out = resolve::resolve(&table.schema, &table.schema, key)?;
        let kept = table.schema.columns.iter().zip(&table.columns).filter(|(spec, _)| spec.key != left_out.key);
        let (specs, columns) = kept.map(|(spec, column)| (*spec, column.clone())).unzip();
        let schema = SchemaSpec::at_run_time(table.schema.name, specs);
        Ok(FeatureSet::of(table.with_columns(schema, columns)))
    }
}

fn refuse_same_ids<S>(sets: &[&FeatureSet<S>]) -> Result<()> {
    let rows = sets.iter().map(|set| set.len()).sum();
    let mut known = HashMap::with_capacity(rows);
    for (position, set) in sets.iter().enumerate() {
        for (row, id) in set.ids().iter().enumerate() {
            if let Some((before, at)) = known.insert(*id, (position, row)) {
                return Err(Error::Data(format!(
                    "row {at} of FeatureSet {before} and row {row} of FeatureSet {position} have one id, {id}; leave \
                     one of them out, for example by View::difference"
                )));
            }
        }
    }
    Ok(())
}

/// The batch without the scaled forms of columns.
fn raw_only(batch: &RecordBatch) -> Result<RecordBatch> {
    let fields = batch.schema();
    let kept = fields.fields().iter().enumerate().filter(|(_, field)| !field.name().ends_with(".transformed"));
    let kept: Vec<usize> = kept.map(|(position, _)| position).collect();
    batch.project(&kept).map_err(|error| Error::Data(error.to_string()))
}

/// The batch with fields that may hold nulls, so that batches can be joined of which only some do.
fn nullable(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    let fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    RecordBatch::try_new(schema, batch.columns().to_vec()).map_err(|error| Error::Data(error.to_string()))
}
