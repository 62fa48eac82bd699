//! Rows in the order of columns.

use std::cmp::Ordering;

use arrow::array::ArrayRef;
use arrow::compute::rank;

use super::buffer::ColumnData;
use super::parts::joined;
use super::{View, ipc};
use crate::text::Shape;
use crate::{Error, Result};

impl View {
    /// The rows in ascending order of some columns, the first of which counts most; rows that are equal in all of them stay
    /// in their order. Texts are in the order of their letters, classes in that of their list, missing values first.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Reading {
    /// #     #[tag(group)]
    /// #     cell: u32,
    /// #     #[tag]
    /// #     second: i64,
    /// # }
    /// let readings = FeatureSet::from_rows([(2, 0), (1, 5), (1, 3)].map(|(cell, second)| Reading { cell, second }))?;
    /// let sorted = readings.view().sorted_by(["cell", "second"])?;
    /// assert_eq!(sorted.rows(), [2, 1, 0]);
    /// let sorted = sorted.to_feature_set()?.typed::<Reading>()?; // a copy, in which rows stand so
    /// # assert_eq!(sorted.view().values(Reading::COLUMNS.second)?, [3, 5, 0]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, or it holds arrays.
    pub fn sorted_by<K: AsRef<str>>(&self, keys: impl IntoIterator<Item = K>) -> Result<Self> {
        let keys: Vec<Vec<u32>> = keys.into_iter().map(|key| self.ranks(key.as_ref())).collect::<Result<_>>()?;
        let compare = |a: &u32, b: &u32| {
            let of = |ranks: &Vec<u32>, row: u32| ranks.get(row as usize).copied();
            keys.iter()
                .map(|ranks| of(ranks, *a).cmp(&of(ranks, *b)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut rows = self.rows.to_vec();
        rows.sort_by(compare);
        Ok(self.with_rows(rows.into()))
    }

    /// Of each row of the table, where its value stands among those of all rows.
    fn ranks(&self, key: &str) -> Result<Vec<u32>> {
        let (spec, column) = self.column(key)?;
        let fail = |problem: &str| Error::Data(format!("column `{key}` has no order: {problem}"));
        if spec.shape != Shape::SCALAR {
            return Err(fail(&format!("it is {}, not one value a row", spec.shape)));
        }
        let parts = column.parts(spec)?;
        let arrays: Vec<ArrayRef> = parts.iter().map(ColumnData::to_arrow).collect();
        let ranks = ipc::guarded(|| rank(&joined(&arrays, parts.starts(), None)?, None));
        ranks.map_err(|problem| fail(&problem.text))
    }
}
