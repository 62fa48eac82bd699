//! How alike each row is to each other, computed when it is asked for.

use std::rc::Rc;

use super::function::Function;
use crate::graph::kernel::vectorized;

/// So many numbers are kept: 256 MiB.
const KEPT: usize = 64 << 20;

/// How many rows are compared at once, so that their sums stay near the processor.
const ROWS: usize = 1024;

/// The rows of a table, and those of the matrix of how alike they are that were asked for last.
pub(super) struct Products {
    function: Function,
    /// One column of the table after the other.
    columns: Vec<f64>,
    rows: usize,
    kept: Vec<Option<Rc<[f32]>>>,
    /// When each was asked for last.
    asked: Vec<u64>,
    clock: u64,
    count: usize,
}

impl Products {
    /// Of rows of a width, one after the other.
    pub(super) fn of<'a>(function: Function, table: impl ExactSizeIterator<Item = &'a [f64]>, width: usize) -> Self {
        let rows = table.len();
        let mut columns = vec![0.0; rows * width];
        for (at, row) in table.enumerate() {
            for (column, x) in row.iter().enumerate() {
                columns[column * rows + at] = *x;
            }
        }
        Self { function, columns, rows, kept: vec![None; rows], asked: vec![0; rows], clock: 0, count: 0 }
    }

    /// How alike all rows are to one.
    pub(super) fn row(&mut self, at: usize) -> Rc<[f32]> {
        self.clock += 1;
        self.asked[at] = self.clock;
        if let Some(row) = &self.kept[at] {
            return Rc::clone(row);
        }
        // Two rows are needed at a time.
        if self.count >= (KEPT / self.rows).max(2) {
            let kept = self.kept.iter().zip(&self.asked).enumerate().filter(|(_, (row, _))| row.is_some());
            if let Some((oldest, _)) = kept.min_by_key(|(_, (_, asked))| **asked) {
                self.kept[oldest] = None;
                self.count -= 1;
            }
        }
        let row: Rc<[f32]> = self.computed(at).into();
        self.kept[at] = Some(Rc::clone(&row));
        self.count += 1;
        row
    }

    #[allow(clippy::cast_possible_truncation, reason = "kept in half the memory, as libsvm does")]
    fn computed(&self, at: usize) -> Vec<f32> {
        let mut row = vec![0.0; self.rows];
        let mut sums = [0.0; ROWS];
        for (block, row) in row.chunks_mut(ROWS).enumerate() {
            let from = block * ROWS;
            let sums = &mut sums[..row.len()];
            sums.fill(0.0);
            vectorized!(|| {
                for column in self.columns.chunks_exact(self.rows) {
                    let own = column[at];
                    let others = sums.iter_mut().zip(&column[from..]);
                    if self.function.adds_squares() {
                        others.for_each(|(sum, x)| *sum += (x - own) * (x - own));
                    } else {
                        others.for_each(|(sum, x)| *sum += x * own);
                    }
                }
            });
            row.iter_mut().zip(sums).for_each(|(to, sum)| *to = self.function.finish(*sum) as f32);
        }
        row
    }

    /// How alike a row is to itself.
    pub(super) fn diagonal(&self, at: usize) -> f64 {
        let own = self.columns.iter().skip(at).step_by(self.rows);
        self.function.finish(if self.function.adds_squares() { 0.0 } else { own.map(|x| x * x).sum() })
    }
}
