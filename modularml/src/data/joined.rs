//! Columns that stand in another table: what is known of each cell, brought to each of its rows.

use std::sync::Arc;

use super::buffer::ColumnData;
use super::table::TableColumn;
use super::{ColumnSpec, Domain, Dtype, Dynamic, FeatureSet, Join, SchemaSpec, View, resolve};
use crate::text::{Message, intern};
use crate::{Error, Result};

impl<S> FeatureSet<S> {
    /// The same rows with columns of another set as tags: of each row those of the row there that has the same key, under a
    /// schema that is known at run time. So splits, folds, samplers and filters can ask what stands in another table.
    ///
    /// The key is an integer, a decimal, a time, text or class, of one type in both and never missing. It stands once in the other set, and
    /// each row has one there. Rows of one key belong together in whatever is made of these columns: they are equal in them.
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// /// What was measured.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     volts: f32,
    ///     #[tag]
    ///     cell: i64,
    /// }
    ///
    /// /// What is known of each cell.
    /// #[derive(SampleSchema)]
    /// struct Cell {
    ///     #[tag]
    ///     cell: i64,
    ///     #[tag]
    ///     maker: Option<String>,
    /// }
    ///
    /// /// A pulse, and who made its cell.
    /// #[derive(SampleSchema)]
    /// struct MadePulse {
    ///     #[feat]
    ///     volts: f32,
    ///     #[tag]
    ///     cell: i64,
    ///     #[tag]
    ///     maker: Option<String>,
    /// }
    ///
    /// let pulses = FeatureSet::from_rows([2, 1, 2].map(|cell| Pulse { volts: 3.7, cell }))?;
    /// let makers = [(1, Some("A")), (2, None), (3, Some("B"))];
    /// let cells = FeatureSet::from_rows(makers.map(|(cell, maker)| Cell { cell, maker: maker.map(str::to_owned) }))?;
    /// let pulses = pulses.with_columns_of(&cells, "cell", ["maker"])?.typed::<MadePulse>()?;
    /// assert_eq!(pulses.view().texts("maker")?, [None, Some("A"), None]);
    /// assert_eq!(pulses.view().filter(MadePulse::COLUMNS.maker.eq("A"))?.rows(), [1]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a column is not there or holds arrays, the key differs in type or may be missing, it stands twice in the other set
    /// or not at all for a row of this one, or there is a column of a key already.
    pub fn with_columns_of<'k, O>(
        &self,
        other: &FeatureSet<O>,
        by: &str,
        keys: impl IntoIterator<Item = &'k str>,
    ) -> Result<FeatureSet<Dynamic>> {
        let (left, right) = (self.view(), other.view());
        refuse_key(left.column_spec(by)?, right.column_spec(by)?)?;
        let partners = right.take(&Join::new(&left, &right, by)?.positions(&left)?)?;
        let mut joined = self.to_dynamic();
        for key in keys {
            let spec = resolve::resolve(&other.table().schema, &other.table().schema, key)?;
            refuse_arrays(spec)?;
            let tag = ColumnSpec { domain: Domain::Tag, groups: false, ..*spec };
            joined = joined.with_data(tag, values(&partners, spec)?, left.len())?;
        }
        Ok(joined)
    }
}

impl View {
    /// The same rows with a column of the rows that they meet in another view, as a tag of this key.
    ///
    /// # Errors
    /// When there is no such column there, or it holds arrays.
    pub(crate) fn with_column_of(&self, other: &Self, join: &Join, column: &str, key: &str) -> Result<Self> {
        let spec = other.column_spec(column)?;
        refuse_arrays(spec)?;
        let partners = other.take(&join.of_all_rows(self.table.len()))?;
        let column = TableColumn { raw: values(&partners, spec)?.into(), transformed: None };
        let tag = ColumnSpec { key: intern(key), domain: Domain::Tag, groups: false, ..*spec };
        let with_tag = |schema: SchemaSpec| {
            SchemaSpec::at_run_time(schema.name, schema.columns.iter().copied().chain([tag]).collect())
        };
        let columns = self.table.columns.iter().cloned().chain([column]).collect();
        let table = self.table.with_columns(with_tag(self.table.schema), columns);
        Ok(Self { table: Arc::new(table), schema: with_tag(self.schema), ..self.clone() })
    }
}

/// A column of which each row has one value.
fn refuse_arrays(spec: &ColumnSpec) -> Result<()> {
    if spec.shape.rank() == 0 && spec.sequence.is_none() {
        return Ok(());
    }
    let message = Message::new().text("column ").name(spec.key).text(" is ").shape(&spec.shape);
    let message = message.text("; columns of one value a row become tags, and arrays are read by `align`");
    Err(Error::Data(message.to_string()))
}

/// Rows meet by a column that both have alike, and every row has.
fn refuse_key(left: &ColumnSpec, right: &ColumnSpec) -> Result<()> {
    let key = left.key;
    let problem = if left.dtype == Dtype::Decimal && right.dtype == Dtype::Decimal && left.scale != right.scale {
        let (left, right) = (left.scale, right.scale);
        format!(
            "is Decimal<{left}> here and Decimal<{right}> in the other set; rows meet by decimals with as many digits; declare \
             both alike"
        )
    } else if left.dtype != right.dtype || left.classes != right.classes {
        let (left, right) = (left.dtype.name(), right.dtype.name());
        let classes = if left == right { ", of other classes" } else { "" };
        format!("is {left} here and {right} in the other set{classes}; rows meet by a column of one type")
    } else if left.allows_missing || right.allows_missing {
        "may be missing, and a row without it meets none; filter those rows, and declare it without `Option`".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Data(format!("column `{key}` {problem}")))
}

/// The values of a column with one a row, in the order of a view.
fn values(view: &View, spec: &ColumnSpec) -> Result<ColumnData> {
    let batch = view.select([spec.key])?.to_arrow()?;
    // Behind the ids stands the raw form.
    let data = batch.columns().get(1).and_then(|values| ColumnData::from_arrow(values, spec.dtype));
    data.ok_or_else(|| {
        Error::Data(format!("column `{}` is {}, which cannot be brought over", spec.key, spec.dtype.name()))
    })
}
