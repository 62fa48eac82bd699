//! Products of matrices so small that preparing them for a large product costs more than the product.

use pulp::{Arch, Simd, WithSimd};

use super::gemm::{Matrix, MatrixMut};
use crate::graph::real::Real;

/// Writes a b, or adds it to what is there. The shapes must agree.
pub(super) fn multiply<T: Real>(result: MatrixMut<'_, T>, adds: bool, a: Matrix<'_, T>, b: Matrix<'_, T>) {
    let mut turned = Vec::new();
    let b = if b.column_stride == 1 {
        b
    } else {
        // Rows of b are read as vectors.
        turned.resize(b.rows * b.columns, T::zero());
        for (row, turned) in turned.chunks_exact_mut(b.columns).enumerate() {
            let from = &b.values[row * b.row_stride..];
            turned.iter_mut().zip(from.iter().step_by(b.column_stride)).for_each(|(to, &from)| *to = from);
        }
        Matrix { values: &turned, row_stride: b.columns, column_stride: 1, ..b }
    };
    Arch::new().dispatch(Product { result, adds, a, b });
}

struct Product<'a, T> {
    result: MatrixMut<'a, T>,
    adds: bool,
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    /// Rows in blocks of as many as there are registers for their sums.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut block = vec![T::zero(); 8 * self.a.columns];
        let mut row = 0;
        while S::REGISTER_COUNT >= 32 && self.a.rows - row >= 8 {
            self.rows::<S, 8>(simd, row, &mut block);
            row += 8;
        }
        while self.a.rows - row >= 4 {
            self.rows::<S, 4>(simd, row, &mut block);
            row += 4;
        }
        while row < self.a.rows {
            self.rows::<S, 1>(simd, row, &mut block);
            row += 1;
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// R rows, in blocks of two vectors.
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, row: usize, block: &mut [T]) {
        for (r, from) in self.a.values[row * self.a.row_stride..].chunks(self.a.row_stride.max(1)).take(R).enumerate() {
            let from = from.iter().step_by(self.a.column_stride);
            block.iter_mut().skip(r).step_by(R).zip(from).for_each(|(to, &from)| *to = from);
        }
        let block = &block[..R * self.a.columns];
        let (lanes, columns) = (T::lanes::<S>(), self.b.columns);
        let mut column = 0;
        while columns - column >= 2 * lanes {
            self.block::<S, R, 2>(simd, row, column, block);
            column += 2 * lanes;
        }
        while columns - column >= lanes {
            self.block::<S, R, 1>(simd, row, column, block);
            column += lanes;
        }
        if column < columns {
            self.rest::<S, R>(simd, row, column, block);
        }
    }

    /// R rows of C vectors.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const C: usize>(&mut self, simd: S, row: usize, column: usize, block: &[T]) {
        let stride = self.result.row_stride;
        let mut sums = [[T::splat(simd, T::zero()); C]; R];
        if self.adds {
            let places = self.result.values[row * stride + column..].chunks(stride);
            for (sums, place) in sums.iter_mut().zip(places) {
                sums.copy_from_slice(&T::vectors::<S>(place)[..C]);
            }
        }
        let rows_of_b = self.b.values[column..].chunks(self.b.row_stride.max(self.b.columns));
        for (a, b) in block.chunks_exact(R).zip(rows_of_b) {
            let b = &T::vectors::<S>(b)[..C];
            for (sums, &a) in sums.iter_mut().zip(a) {
                let a = T::splat(simd, a);
                for (sum, &b) in sums.iter_mut().zip(b) {
                    *sum = T::mul_add(simd, a, b, *sum);
                }
            }
        }
        let places = self.result.values[row * stride + column..].chunks_mut(stride);
        for (sums, place) in sums.iter().zip(places) {
            T::vectors_mut::<S>(place)[..C].copy_from_slice(sums);
        }
    }

    /// R rows of fewer numbers than a vector holds.
    #[inline(always)]
    fn rest<S: Simd, const R: usize>(&mut self, simd: S, row: usize, column: usize, block: &[T]) {
        let width = self.b.columns - column;
        let stride = self.result.row_stride;
        let mut sums = [T::splat(simd, T::zero()); R];
        if self.adds {
            let places = self.result.values[row * stride + column..].chunks(stride);
            for (sum, place) in sums.iter_mut().zip(places) {
                *sum = T::load(simd, &place[..width]);
            }
        }
        let rows_of_b = self.b.values[column..].chunks(self.b.row_stride.max(self.b.columns));
        for (a, b) in block.chunks_exact(R).zip(rows_of_b) {
            let b = T::load(simd, &b[..width]);
            for (sum, &a) in sums.iter_mut().zip(a) {
                *sum = T::mul_add(simd, T::splat(simd, a), b, *sum);
            }
        }
        let places = self.result.values[row * stride + column..].chunks_mut(stride);
        for (&sum, place) in sums.iter().zip(places) {
            T::store(simd, &mut place[..width], sum);
        }
    }
}
