//! Choosing rows: by position, id, predicate or closure, and the set operations on views.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;
use uuid::Uuid;

use super::predicate::Predicate;
use super::{Column, ColumnSpec, ColumnValue, SchemaSpec, View};
use crate::{Error, Result};

/// The most ids that an error lists.
const LISTED: usize = 5;

impl View {
    /// The rows at some positions of this view, in that order; a position may repeat.
    ///
    /// # Errors
    /// When a position is not below [`View::len`].
    pub fn take(&self, positions: &[u32]) -> Result<Self> {
        if let Some(position) = positions.iter().find(|&&position| position as usize >= self.len()) {
            return Err(Error::Data(format!("position {position} of a view of {} rows", self.len())));
        }
        // All are there: an iterator that knows its length is written into one allocation.
        let row = |&position: &u32| self.rows.get(position as usize).copied().unwrap_or_default();
        Ok(self.with_rows(positions.iter().map(row).collect()))
    }

    /// The rows of some ids, in the order in which they are asked for.
    ///
    /// # Errors
    /// When this view has no row of an id; the message lists up to five of them.
    pub fn take_ids(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<Self> {
        let mut rows = Vec::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.table_row_of(id) {
                Some(row) => rows.push(row),
                None => missing.push(id),
            }
        }
        if missing.is_empty() {
            return Ok(self.with_rows(rows.into()));
        }
        let (count, asked) = (missing.len(), missing.len() + rows.len());
        let listed: Vec<String> = missing.iter().take(LISTED).map(Uuid::to_string).collect();
        let more = if count > LISTED { ", .." } else { "" };
        let problem = format!("{count} of {asked} ids are not in {self:?}: {}{more}", listed.join(", "));
        Err(Error::Rows { ids: missing, problem })
    }

    /// The position of the row that has an id, one of several where the view repeats it. In constant time once the
    /// first call has made an index.
    #[must_use]
    pub fn position_of(&self, id: Uuid) -> Option<u32> {
        self.position_of_row(self.table.row_of(id)?)
    }

    /// Whether one of the rows has the id.
    #[must_use]
    pub fn contains(&self, id: Uuid) -> bool {
        self.position_of(id).is_some()
    }

    fn table_row_of(&self, id: Uuid) -> Option<u32> {
        let row = self.table.row_of(id)?;
        self.position_of_row(row).map(|_| row)
    }

    fn position_of_row(&self, row: u32) -> Option<u32> {
        // In a view of all rows each stands at its own number, and no index is needed.
        if self.rows.get(row as usize) == Some(&row) {
            return Some(row);
        }
        let index = || {
            let mut positions = HashMap::with_capacity(self.len());
            for (position, &row) in (0u32..).zip(self.rows.iter()) {
                positions.entry(row).or_insert(position);
            }
            positions
        };
        self.positions.get_or_init(index).get(&row).copied()
    }

    /// The rows for which a predicate is true, in their order. The result may have no rows.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # use modularml::data::column;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[target]
    /// #     soh: f32,
    /// #     #[tag]
    /// #     cell: i64,
    /// # }
    /// # let pulses = FeatureSet::from_rows([(0.9, 1), (0.7, 1), (0.6, 2)].map(|(soh, cell)| Pulse { soh, cell }))?;
    /// let worn = pulses.view().filter(Pulse::COLUMNS.soh.lt(0.8).and(Pulse::COLUMNS.cell.is_in(&[2, 3])))?;
    /// assert_eq!(worn.rows(), [2]);
    /// // The same by name, checked when it runs:
    /// assert_eq!(pulses.view().filter(column("soh").lt(0.8).and(column("cell").is_in(&[2, 3])))?.rows(), worn.rows());
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the view has no such column, it holds arrays, or it is compared with a value of another type.
    pub fn filter(&self, predicate: impl Into<Predicate>) -> Result<Self> {
        let positions = predicate.into().positions(self)?;
        self.take(&positions)
    }

    /// The rows for which a closure says yes to the value of a column, arrays included; rows where the value is missing
    /// are left out, unless the column's type is an `Option`. A closure cannot be saved as a [`Predicate`] can.
    ///
    /// `view.filter_by(Pulse::COLUMNS.voltage, |voltage| voltage[0] > 3.5)`: the value has the Rust type that the schema
    /// declares, so comparing it with another type does not compile.
    ///
    /// # Errors
    /// When the view has no column of that name, element type and shape.
    pub fn filter_by<T: ColumnValue>(&self, column: Column<T>, keep: impl Fn(&T) -> bool) -> Result<Self> {
        let (width, data) = self.typed_column(column)?;
        let is_kept = data
            .raw
            .read(&self.rows, width, |_, data, element| Ok(T::read(data, element).is_some_and(|it| keep(&it))))?;
        let kept = self.rows.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
        Ok(self.with_rows(kept.map(|(&row, _)| row).collect()))
    }

    /// The rows of this view, then those of the other that this one has not, each in its view's order.
    ///
    /// # Errors
    /// When the views have different schemas, or rows of the other are not in this view's FeatureSet; join such sets
    /// by [`FeatureSet::concat`](super::FeatureSet::concat) first.
    pub fn union(&self, other: &Self) -> Result<Self> {
        self.require_same_schema(other)?;
        let added: Vec<u32> = if self.is_of_the_rows_of(other) {
            let own = self.bits();
            other.rows.iter().copied().filter(|&row| !has(&own, row)).collect()
        } else {
            let mut added = Vec::new();
            for id in other.ids() {
                let row = self.table.row_of(id).ok_or_else(|| Error::Rows {
                    ids: vec![id],
                    problem: format!(
                        "union: row {id} is not in the FeatureSet of this view; join the sets by FeatureSet::concat"
                    ),
                })?;
                added.push(row);
            }
            let own = self.bits();
            added.retain(|&row| !has(&own, row));
            added
        };
        Ok(self.with_rows(self.rows.iter().copied().chain(added).collect()))
    }

    /// The rows of this view that the other has as well, in this view's order.
    ///
    /// Views of one FeatureSet are compared row by row, others by their ids; so it is in all set operations.
    ///
    /// # Errors
    /// When the views have different schemas.
    pub fn intersection(&self, other: &Self) -> Result<Self> {
        self.keep(other, true)
    }

    /// The rows of this view that the other has not, in this view's order.
    ///
    /// # Errors
    /// When the views have different schemas.
    pub fn difference(&self, other: &Self) -> Result<Self> {
        self.keep(other, false)
    }

    /// Whether no row is in both views.
    ///
    /// # Errors
    /// When the views have different schemas.
    pub fn is_disjoint_with(&self, other: &Self) -> Result<bool> {
        Ok(self.intersection(other)?.is_empty())
    }

    fn keep(&self, other: &Self, when_shared: bool) -> Result<Self> {
        self.require_same_schema(other)?;
        let rows = if self.is_of_the_rows_of(other) {
            let others = other.bits();
            self.rows.iter().copied().filter(|&row| has(&others, row) == when_shared).collect()
        } else {
            let others: HashSet<Uuid> = other.ids().into_iter().collect();
            let rows = self.rows.iter().zip(self.ids());
            rows.filter(|(_, id)| others.contains(id) == when_shared).map(|(&row, _)| row).collect()
        };
        Ok(self.with_rows(rows))
    }

    /// Whether both views are of the same rows, be their columns scaled or not.
    fn is_of_the_rows_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table) || self.table.ids.are_those_of(&other.table.ids)
    }

    fn require_same_schema(&self, other: &Self) -> Result<()> {
        match difference(&self.table.schema, &other.table.schema) {
            Some(difference) => {
                Err(Error::Data(format!("{self:?} and {other:?} have different schemas: {difference}")))
            }
            None => Ok(()),
        }
    }

    /// One bit for each row of the table: whether the view has it.
    fn bits(&self) -> BooleanBuffer {
        let count = self.table.len();
        let mut bits = BooleanBufferBuilder::new(count);
        bits.append_n(count, false);
        for &row in self.rows.iter().filter(|&&row| (row as usize) < count) {
            bits.set_bit(row as usize, true);
        }
        bits.finish()
    }

    /// Refuses a view without rows for what needs some, as what its filters left.
    pub(crate) fn require_rows(&self, action: &str) -> Result<()> {
        if self.is_empty() {
            let (of, schema) = (self.table.len(), self.schema.name);
            return Err(Error::Data(format!(
                "cannot {action} 0 of {of} rows of `{schema}`; relax the filter that left none"
            )));
        }
        Ok(())
    }
}

fn has(bits: &BooleanBuffer, row: u32) -> bool {
    (row as usize) < bits.len() && bits.value(row as usize)
}

/// The first difference between the columns of two schemas.
pub(super) fn difference(a: &SchemaSpec, b: &SchemaSpec) -> Option<String> {
    let only_in = |a: &SchemaSpec, b: &SchemaSpec| {
        let spec = a.columns.iter().find(|spec| b.column(spec.key).is_none())?;
        Some(format!("only `{}` has column `{}`", a.name, spec.key))
    };
    let differs = || {
        let (a, b) = a.columns.iter().find_map(|a| Some((a, b.column(a.key).filter(|b| a != *b)?)))?;
        let described = |spec: &ColumnSpec| format!("{} {} {}", spec.domain.attribute(), spec.dtype.name(), spec.shape);
        let (one, other) = (described(a), described(b));
        let what = if one == other { "declared with other options".to_owned() } else { format!("{one} and {other}") };
        Some(format!("column `{}` is {what}", a.key))
    };
    only_in(a, b).or_else(|| only_in(b, a)).or_else(differs)
}
