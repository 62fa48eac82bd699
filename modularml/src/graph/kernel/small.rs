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

    /// Columns in blocks of a few vectors, rows in blocks of as many as there are registers for.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        let columns = self.b.columns;
        let mut column = 0;
        if S::REGISTER_COUNT >= 32 {
            while columns - column >= 4 * lanes {
                self.columns::<S, 4, 4>(simd, column);
                column += 4 * lanes;
            }
        }
        while columns - column >= 2 * lanes {
            self.columns::<S, 4, 2>(simd, column);
            column += 2 * lanes;
        }
        while column < columns {
            self.columns::<S, 8, 1>(simd, column);
            column += lanes;
        }
    }
}

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn columns<S: Simd, const R: usize, const C: usize>(&mut self, simd: S, column: usize) {
        let mut row = 0;
        while self.a.rows - row >= R {
            self.block::<S, R, C>(simd, row, column);
            row += R;
        }
        while row < self.a.rows {
            self.block::<S, 1, C>(simd, row, column);
            row += 1;
        }
    }

    /// R rows of C vectors, whose last one may be cut.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const C: usize>(&mut self, simd: S, row: usize, column: usize) {
        let lanes = T::lanes::<S>();
        let width = (self.b.columns - column).min(C * lanes);
        let is_whole = width == C * lanes;
        let mut sums = [[T::splat(simd, T::zero()); C]; R];
        if self.adds {
            for (r, sums) in sums.iter_mut().enumerate() {
                let from = &self.result.values[(row + r) * self.result.row_stride + column..][..width];
                for (sum, from) in sums.iter_mut().zip(from.chunks(lanes)) {
                    *sum = T::load(simd, from);
                }
            }
        }
        let starts: [usize; R] = std::array::from_fn(|r| (row + r) * self.a.row_stride);
        for inner in 0..self.a.columns {
            let b = &self.b.values[inner * self.b.row_stride + column..][..width];
            let mut vectors = [T::splat(simd, T::zero()); C];
            if is_whole {
                for (vector, b) in vectors.iter_mut().zip(b.chunks_exact(lanes)) {
                    *vector = T::load_whole(simd, b);
                }
            } else {
                for (vector, b) in vectors.iter_mut().zip(b.chunks(lanes)) {
                    *vector = T::load(simd, b);
                }
            }
            for (sums, start) in sums.iter_mut().zip(starts) {
                let a = T::splat(simd, self.a.values[start + inner * self.a.column_stride]);
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = T::mul_add(simd, a, vector, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let to = &mut self.result.values[(row + r) * self.result.row_stride + column..][..width];
            for (&sum, to) in sums.iter().zip(to.chunks_mut(lanes)) {
                T::store(simd, to, sum);
            }
        }
    }
}
