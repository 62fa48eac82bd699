//! Matrices that lie in slices, and their products by the gemm crate: the checks and the unsafe call that rests on them.

use candle_core::{Result, bail};
use gemm::Parallelism;

use crate::graph::real::Real;

/// A matrix in a slice: the number in row i and column j is at i * `row_stride` + j * `column_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    pub(super) values: &'a [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// A matrix whose rows follow each other.
    pub fn new(values: &'a [T], rows: usize, columns: usize) -> Result<Self> {
        Self::with_row_stride(values, rows, columns, columns)
    }

    /// A matrix whose rows begin so far from each other.
    pub fn with_row_stride(values: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Result<Self> {
        check(values.len(), rows, columns, row_stride)?;
        Ok(Self { values, rows, columns, row_stride, column_stride: 1 })
    }

    /// Some of its columns; the numbers of these lie where those of the whole matrix do, within its slice.
    pub(super) fn columns(self, from: usize, count: usize) -> Self {
        let from = from.min(self.columns);
        let values = self.values.get(from * self.column_stride..).unwrap_or_default();
        let columns = if values.is_empty() { 0 } else { count.min(self.columns - from) };
        Self { values, columns, ..self }
    }

    /// Refuses one with a number that does not lie within its slice, or a stride that does not fit into an `isize`.
    fn check(&self) -> Result<()> {
        let Self { values, rows, columns, row_stride, column_stride } = *self;
        let down = rows.checked_sub(1).map(|last| last.checked_mul(row_stride));
        let along = columns.checked_sub(1).map(|last| last.checked_mul(column_stride));
        let lies_within = match (down, along) {
            (Some(down), Some(along)) => {
                let last = down.zip(along).and_then(|(down, along)| down.checked_add(along));
                last.is_some_and(|last| last < values.len())
            }
            // It has no numbers.
            _ => true,
        };
        if !lies_within || isize::try_from(row_stride).is_err() || isize::try_from(column_stride).is_err() {
            bail!(
                "{rows}x{columns} with strides {row_stride} and {column_stride} is not within {} numbers",
                values.len()
            );
        }
        Ok(())
    }

    /// The same with rows and columns exchanged.
    pub fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// A matrix to be written, row after row.
pub(crate) struct MatrixMut<'a, T> {
    pub(super) values: &'a mut [T],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
}

impl<'a, T> MatrixMut<'a, T> {
    /// A matrix whose rows follow each other.
    pub fn new(values: &'a mut [T], rows: usize, columns: usize) -> Result<Self> {
        Self::with_row_stride(values, rows, columns, columns)
    }

    /// A matrix whose rows begin so far from each other, at least the number of columns.
    pub fn with_row_stride(values: &'a mut [T], rows: usize, columns: usize, row_stride: usize) -> Result<Self> {
        check(values.len(), rows, columns, row_stride)?;
        Ok(Self { values, rows, columns, row_stride })
    }

    /// Whether it has the shape of a product.
    pub(super) fn check_factors(&self, a: &Matrix<'_, T>, b: &Matrix<'_, T>) -> Result<()> {
        let (rows, columns) = (self.rows, self.columns);
        if a.rows != rows || b.columns != columns || b.rows != a.columns {
            bail!("{}x{} by {}x{} is not {rows}x{columns}", a.rows, a.columns, b.rows, b.columns);
        }
        Ok(())
    }
}

impl<T: Real> MatrixMut<'_, T> {
    /// Writes a b, or adds it to what is there.
    pub(super) fn set_product(
        self,
        adds: bool,
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
        parallelism: Parallelism,
    ) -> Result<()> {
        self.check_factors(&a, &b)?;
        let kept = if adds { T::one() } else { T::zero() };
        a.check()?;
        b.check()?;
        check(self.values.len(), self.rows, self.columns, self.row_stride)?;
        // SAFETY: as checked just above, each number of the three matrices lies within its slice, strides fit into an isize,
        // and the shapes agree. `self` borrows its slice alone, so it overlaps neither factor, and its rows do not overlap
        // each other. `T` is f32 or f64, which gemm knows and for which any bit pattern is valid.
        #[allow(clippy::cast_possible_wrap, reason = "checked above")]
        unsafe {
            gemm::gemm(
                self.rows,
                self.columns,
                a.columns,
                self.values.as_mut_ptr(),
                1,
                self.row_stride as isize,
                adds,
                a.values.as_ptr(),
                a.column_stride as isize,
                a.row_stride as isize,
                b.values.as_ptr(),
                b.column_stride as isize,
                b.row_stride as isize,
                kept,
                T::one(),
                false,
                false,
                false,
                parallelism,
            );
        }
        Ok(())
    }
}

/// Rows do not overlap, and the last number of the last row lies within the slice; strides fit into an `isize`.
fn check(len: usize, rows: usize, columns: usize, row_stride: usize) -> Result<()> {
    let end = rows.checked_sub(1).and_then(|last| last.checked_mul(row_stride)).and_then(|at| at.checked_add(columns));
    let fits = end.is_none_or(|end| end <= len) && (end.is_some() || rows == 0);
    if !fits || row_stride < columns || isize::try_from(row_stride).is_err() {
        bail!("{rows} rows of {columns} numbers, each {row_stride} behind the last, do not lie in {len} numbers");
    }
    Ok(())
}
