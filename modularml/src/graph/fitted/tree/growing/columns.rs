//! The values of each column in their order.

use rayon::prelude::*;

use super::rows::Rows;

/// The rank of a value that is missing.
pub(super) const MISSING: u32 = u32::MAX;

/// Which values each column has, and which of them each row has: trees compare whole numbers in place of values.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// For each row, column by column, where its value stands among those of the column, or [`MISSING`]. Those of a row are
    /// beside each other, because a small node reads most of them.
    ranks: Vec<u32>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// The different values, from the least on.
    pub(super) distinct: Vec<f64>,
}

impl Columns {
    pub(super) fn of(rows: &Rows<'_>) -> Self {
        let of_columns = (0..rows.width()).into_par_iter().map(|column| Column::of(rows.column(column)));
        let (columns, by_column): (Vec<_>, Vec<_>) = of_columns.unzip();
        let mut ranks = vec![MISSING; rows.len() * rows.width()];
        for (column, of_column) in by_column.iter().enumerate() {
            for (rank, found) in ranks.iter_mut().skip(column).step_by(rows.width()).zip(of_column) {
                *rank = *found;
            }
        }
        Self { columns, ranks }
    }

    /// The rank of the value of a row.
    #[inline(always)]
    pub(super) fn rank(&self, row: u32, column: u32) -> u32 {
        self.ranks[row as usize * self.columns.len() + column as usize]
    }

    pub(super) fn count(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn get(&self, column: usize) -> &Column {
        &self.columns[column]
    }
}

impl Column {
    fn of(values: impl ExactSizeIterator<Item = f64>) -> (Self, Vec<u32>) {
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
        (Self { distinct }, ranks)
    }

    /// A number between two values of these ranks, or the lower one where there is none between them.
    pub(super) fn middle(&self, below: u32, above: u32) -> f64 {
        let (below, above) = (self.distinct[below as usize], self.distinct[above as usize]);
        let middle = below / 2.0 + above / 2.0;
        if middle >= below && middle < above { middle } else { below }
    }
}
