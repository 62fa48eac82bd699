//! Products of matrices so small that preparing them for a large product costs more than the product.

#[cfg(test)]
mod tests;

use candle_core::{Result, bail};
use pulp::{Arch, Simd, WithSimd};

use super::matrix::{Matrix, MatrixMut};
use crate::graph::real::Real;

/// A factor of a product, read where it lies.
#[derive(Clone, Copy)]
pub(crate) struct Factor<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    starts: Starts<'a>,
    column_stride: usize,
}

/// Where the rows of a factor begin.
#[derive(Clone, Copy)]
enum Starts<'a> {
    Every(usize),
    Listed(&'a [usize]),
}

impl Starts<'_> {
    #[inline(always)]
    fn of(self, row: usize) -> usize {
        match self {
            Self::Every(stride) => row * stride,
            Self::Listed(starts) => starts[row],
        }
    }
}

impl<'a, T> From<Matrix<'a, T>> for Factor<'a, T> {
    fn from(Matrix { values, rows, columns, row_stride, column_stride }: Matrix<'a, T>) -> Self {
        Self { values, rows, columns, starts: Starts::Every(row_stride), column_stride }
    }
}

impl<'a, T> Factor<'a, T> {
    /// A matrix whose rows begin at listed places, and may overlap.
    pub fn listed(values: &'a [T], starts: &'a [usize], columns: usize) -> Result<Self> {
        if starts.iter().any(|start| start.checked_add(columns).is_none_or(|end| end > values.len())) {
            bail!("rows of {columns} numbers from {starts:?} on do not lie in {} numbers", values.len());
        }
        Ok(Self { values, rows: starts.len(), columns, starts: Starts::Listed(starts), column_stride: 1 })
    }
}

/// Writes a b, or adds it to what is there.
pub(crate) fn multiply_small<'a, T: Real>(
    result: MatrixMut<'_, T>,
    adds: bool,
    a: impl Into<Factor<'a, T>>,
    b: impl Into<Factor<'a, T>>,
) -> Result<()> {
    let (a, b) = (a.into(), b.into());
    let (rows, columns) = (result.rows, result.columns);
    if a.rows != rows || b.columns != columns || b.rows != a.columns {
        bail!("{}x{} by {}x{} is not {rows}x{columns}", a.rows, a.columns, b.rows, b.columns);
    }
    let mut turned = Vec::new();
    let b = if b.column_stride == 1 {
        b
    } else {
        // Rows of b are read as vectors.
        turned.resize(b.rows * b.columns, T::zero());
        for (row, turned) in turned.chunks_exact_mut(b.columns.max(1)).enumerate() {
            let from = &b.values[b.starts.of(row)..];
            turned.iter_mut().zip(from.iter().step_by(b.column_stride)).for_each(|(to, &from)| *to = from);
        }
        Factor { values: &turned, starts: Starts::Every(b.columns), column_stride: 1, ..b }
    };
    Arch::new().dispatch(Product { result, adds, a, b });
    Ok(())
}

/// A product whose shapes agree: every place that it reads or writes was checked to lie in its slice when the matrices
/// were made.
struct Product<'a, T> {
    result: MatrixMut<'a, T>,
    adds: bool,
    a: Factor<'a, T>,
    b: Factor<'a, T>,
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    /// Rows in blocks of as many as there are registers for their sums.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut row = 0;
        while S::REGISTER_COUNT >= 32 && self.a.rows - row >= 8 {
            self.rows::<S, 8>(simd, row);
            row += 8;
        }
        while self.a.rows - row >= 4 {
            self.rows::<S, 4>(simd, row);
            row += 4;
        }
        while row < self.a.rows {
            self.rows::<S, 1>(simd, row);
            row += 1;
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// R rows.
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, row: usize) {
        let Factor { values, columns: inner, starts, column_stride, .. } = self.a;
        // Closures are inlined, as `vectorized` tells.
        if matches!(starts, Starts::Every(1)) && column_stride > 1 {
            self.row_blocks::<S, R>(
                simd,
                row,
                #[inline(always)]
                |k, r| values[k * column_stride + row..][..R][r],
            );
        } else if column_stride == 1 {
            let rows: [&[T]; R] = std::array::from_fn(|r| &values[starts.of(row + r)..][..inner]);
            self.row_blocks::<S, R>(
                simd,
                row,
                #[inline(always)]
                |k, r| rows[r][k],
            );
        } else {
            self.row_blocks::<S, R>(
                simd,
                row,
                #[inline(always)]
                |k, r| values[starts.of(row + r) + k * column_stride],
            );
        }
    }

    /// Blocks of two vectors, and what is left of the columns; `a` reads the number at a column of one of R rows.
    #[inline(always)]
    fn row_blocks<S: Simd, const R: usize>(&mut self, simd: S, row: usize, a: impl Fn(usize, usize) -> T) {
        let (lanes, columns) = (T::lanes::<S>(), self.b.columns);
        let mut column = 0;
        while columns - column >= 2 * lanes {
            self.block::<S, R, 2>(simd, row, column, &a);
            column += 2 * lanes;
        }
        while columns - column >= lanes {
            self.block::<S, R, 1>(simd, row, column, &a);
            column += lanes;
        }
        if column < columns {
            self.rest::<S, R>(simd, row, column, &a);
        }
    }

    /// R rows of C vectors. Loops are counted by constants, so that all sums stay in registers.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const C: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        a: &impl Fn(usize, usize) -> T,
    ) {
        let mut sums = [[T::splat(simd, T::zero()); C]; R];
        if self.adds {
            for (r, sums) in sums.iter_mut().enumerate() {
                let from = T::vectors::<S>(self.place(row + r, column));
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum = from[c];
                }
            }
        }
        for k in 0..self.a.columns {
            let b = &T::vectors::<S>(&self.b.values[self.b.starts.of(k) + column..])[..C];
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = T::splat(simd, a(k, r));
                for (sum, &b) in sums.iter_mut().zip(b) {
                    *sum = T::mul_add(simd, a, b, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let to = T::vectors_mut::<S>(self.place_mut(row + r, column));
            for (c, &sum) in sums.iter().enumerate() {
                to[c] = sum;
            }
        }
    }

    /// R rows of fewer numbers than a vector holds.
    #[inline(always)]
    fn rest<S: Simd, const R: usize>(&mut self, simd: S, row: usize, column: usize, a: &impl Fn(usize, usize) -> T) {
        let width = self.b.columns - column;
        let mut sums = [T::splat(simd, T::zero()); R];
        if self.adds {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = T::load(simd, &self.place(row + r, column)[..width]);
            }
        }
        for k in 0..self.a.columns {
            let b = T::load(simd, &self.b.values[self.b.starts.of(k) + column..][..width]);
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = T::mul_add(simd, T::splat(simd, a(k, r)), b, *sum);
            }
        }
        for (r, &sum) in sums.iter().enumerate() {
            T::store(simd, &mut self.place_mut(row + r, column)[..width], sum);
        }
    }

    #[inline(always)]
    fn place(&self, row: usize, column: usize) -> &[T] {
        &self.result.values[row * self.result.row_stride + column..]
    }

    #[inline(always)]
    fn place_mut(&mut self, row: usize, column: usize) -> &mut [T] {
        &mut self.result.values[row * self.result.row_stride + column..]
    }
}
