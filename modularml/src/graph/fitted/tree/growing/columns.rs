//! The values of each column in their order.

use rayon::prelude::*;

use super::rows::Rows;

/// The rank of a value that is missing.
pub(super) const MISSING: u32 = u32::MAX;

/// Which values each column has, and which of them each row has: trees compare whole numbers in place of values.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// The different values, from the least on.
    pub(super) distinct: Vec<f64>,
    /// For each row where its value stands in them, or [`MISSING`].
    pub(super) ranks: Vec<u32>,
}

impl Columns {
    pub(super) fn of(rows: &Rows<'_>) -> Self {
        let columns = (0..rows.width()).into_par_iter().map(|column| Column::of(rows.column(column))).collect();
        Self { columns }
    }

    pub(super) fn count(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn get(&self, column: usize) -> &Column {
        &self.columns[column]
    }
}

impl Column {
    fn of(values: impl ExactSizeIterator<Item = f64>) -> Self {
        let mut ranks = vec![MISSING; values.len()];
        let mut sorted: Vec<(f64, u32)> =
            values.enumerate().filter(|(_, value)| !value.is_nan()).map(|(row, value)| (value, row as u32)).collect();
        sorted.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut distinct: Vec<f64> = Vec::new();
        for (value, row) in sorted {
            // 0 and -0 are one value.
            if distinct.last() != Some(&value) {
                distinct.push(value);
            }
            ranks[row as usize] = (distinct.len() - 1) as u32;
        }
        Self { distinct, ranks }
    }

    /// A number between two values of these ranks, or the lower one where there is none between them.
    pub(super) fn middle(&self, below: u32, above: u32) -> f64 {
        let (below, above) = (self.distinct[below as usize], self.distinct[above as usize]);
        let middle = below / 2.0 + above / 2.0;
        if middle >= below && middle < above { middle } else { below }
    }
}
