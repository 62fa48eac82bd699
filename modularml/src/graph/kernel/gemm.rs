//! Products of matrices that lie in slices.

use candle_core::Result;

use super::matrix::{Matrix, MatrixMut};
use super::small::multiply_small;
use crate::graph::real::Real;
use gemm::Parallelism;

/// Fewer multiplications than this are faster on one thread.
pub(super) const WORTH_THREADS: usize = 20 << 20;

/// Up to so many multiplications, or additions for each number, a product is not worth being prepared.
const SMALL: usize = 40 << 10;

const SHORT: usize = 16;

/// Writes a b, or adds it to what is there.
///
/// The number of threads changes no bit of the result.
#[allow(clippy::needless_pass_by_value, reason = "a matrix to be written is given away, as `&mut` is")]
pub(crate) fn multiply<T: Real>(
    result: MatrixMut<'_, T>,
    adds: bool,
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
) -> Result<()> {
    let (rows, columns, inner) = (result.rows, result.columns, a.columns);
    result.check_factors(&a, &b)?;
    if rows == 0 || columns == 0 {
        return Ok(());
    }
    if inner > LONG {
        return long(result, adds, a, b);
    }
    let multiplications = rows.saturating_mul(columns).saturating_mul(inner);
    if inner > 0 && (multiplications <= SMALL || (inner <= SHORT && multiplications < WORTH_THREADS)) {
        return multiply_small(result, adds, a, b);
    }
    if columns <= THIN && rows >= 2 * THIN && a.row_stride == 1 {
        return thin(result, adds, a, b);
    }
    let parallelism = if multiplications < WORTH_THREADS { Parallelism::None } else { Parallelism::Rayon(0) };
    result.set_product(adds, a, b, parallelism)
}

/// The most products that are added up in f32 or f64 as they are; a longer sum in f32 loses what is small beside it.
const LONG: usize = 4096;

/// A product of long rows and columns, part by part, whose parts are added up in f64.
#[allow(clippy::needless_pass_by_value, reason = "a matrix to be written is given away, as `&mut` is")]
fn long<T: Real>(result: MatrixMut<'_, T>, adds: bool, a: Matrix<'_, T>, b: Matrix<'_, T>) -> Result<()> {
    let MatrixMut { values, rows, columns, row_stride } = result;
    let (mut totals, mut part) = (vec![0.0; rows * columns], vec![T::zero(); rows * columns]);
    for from in (0..a.columns).step_by(LONG) {
        let (a, b) = (a.columns(from, LONG), b.t().columns(from, LONG).t());
        multiply(MatrixMut::new(&mut part, rows, columns)?, false, a, b)?;
        totals.iter_mut().zip(&part).for_each(|(total, part)| *total += part.to_f64());
    }
    for (places, totals) in values.chunks_mut(row_stride.max(1)).zip(totals.chunks(columns)).take(rows) {
        for (place, total) in places.iter_mut().zip(totals) {
            *place = T::from_f64(if adds { place.to_f64() + total } else { *total });
        }
    }
    Ok(())
}

/// Columns of a result that would fill less than half of a vector.
const THIN: usize = 8;

/// A product of few columns, computed as that of few rows.
#[allow(clippy::needless_pass_by_value, reason = "a matrix to be written is given away, as `&mut` is")]
fn thin<T: Real>(result: MatrixMut<'_, T>, adds: bool, a: Matrix<'_, T>, b: Matrix<'_, T>) -> Result<()> {
    let MatrixMut { values, rows, columns, row_stride } = result;
    let mut turned = vec![T::zero(); rows * columns];
    multiply_small(MatrixMut::new(&mut turned, columns, rows)?, false, b.t(), a.t())?;
    for (row, place) in values.chunks_mut(row_stride).take(rows).enumerate() {
        for (place, &number) in place.iter_mut().zip(turned.iter().skip(row).step_by(rows)).take(columns) {
            *place = if adds { *place + number } else { number };
        }
    }
    Ok(())
}
