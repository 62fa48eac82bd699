//! What layers compute with on a processor: products of matrices and loops over numbers.

pub(crate) mod affine;

pub(crate) mod attend;

pub(crate) mod device;

pub(crate) mod exponential;

mod gemm;
mod matrix;
pub(crate) mod numbers;

pub(crate) mod half;

pub(crate) mod mean;

mod scale_shift;

mod small;

mod sum;

use super::real::Real;
use candle_core::Result;
use gemm::WORTH_THREADS;
pub(crate) use gemm::multiply;
pub(crate) use matrix::{Matrix, MatrixMut};
pub(crate) use numbers::{numbers, with_numbers};
use rayon::prelude::*;
pub(crate) use scale_shift::scale_shift;
pub(crate) use small::{Factor, multiply_small};
pub(crate) use sum::sum;

/// Runs loops over numbers with the widest instructions of this processor, found at run time.
///
/// What is not inlined into the loops is compiled without these instructions: the closure is, by this macro, and functions
/// that it calls must be `#[inline(always)]`.
macro_rules! vectorized {
    (|| $loops:expr) => {
        $crate::graph::kernel::widest(
            #[inline(always)]
            || $loops,
        )
    };
}

pub(crate) use vectorized;

/// Where [`vectorized`] runs its loops.
pub(crate) fn widest<R>(loops: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(loops)
}

/// The sum of f over numbers, in eight sums side by side that are added at the end, so that it is vectorized.
#[inline(always)]
pub(crate) fn sum_of<T: Copy, S: Copy + std::ops::Add<Output = S> + Default>(numbers: &[T], f: impl Fn(T) -> S) -> S {
    let mut sums = [S::default(); 8];
    let parts = numbers.chunks_exact(sums.len());
    let rest = parts.remainder();
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, &number)| *sum = *sum + f(number));
    }
    sums.iter_mut().zip(rest).for_each(|(sum, &number)| *sum = *sum + f(number));
    sums.into_iter().fold(S::default(), |all, sum| all + sum)
}

/// The sum of f over pairs of numbers, as [`sum_of`].
#[inline(always)]
pub(crate) fn sum_of_pairs<T: Copy, S: Copy + std::ops::Add<Output = S> + Default>(
    a: &[T],
    b: &[T],
    f: impl Fn(T, T) -> S,
) -> S {
    let mut sums = [S::default(); 8];
    let (parts, others) = (a.chunks_exact(sums.len()), b.chunks_exact(sums.len()));
    let (rest, others_rest) = (parts.remainder(), others.remainder());
    for (a, b) in parts.zip(others) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (&a, &b))| *sum = *sum + f(a, b));
    }
    sums.iter_mut().zip(rest.iter().zip(others_rest)).for_each(|(sum, (&a, &b))| *sum = *sum + f(a, b));
    sums.into_iter().fold(S::default(), |all, sum| all + sum)
}

/// The largest of some numbers; minus infinity where there are none.
#[inline(always)]
pub(crate) fn largest_of<T: Real>(numbers: &[T]) -> T {
    let larger = |a: T, b: T| if b > a { b } else { a };
    let mut largest = [T::from_f64(f64::NEG_INFINITY); 8];
    let parts = numbers.chunks_exact(largest.len());
    let rest = parts.remainder();
    for part in parts {
        largest.iter_mut().zip(part).for_each(|(largest, &number)| *largest = larger(*largest, number));
    }
    largest.iter_mut().zip(rest).for_each(|(largest, &number)| *largest = larger(*largest, number));
    largest.into_iter().fold(T::from_f64(f64::NEG_INFINITY), larger)
}

/// Writes numbers to a place, or adds them to what is there.
#[inline(always)]
pub(crate) fn put<T: Real>(place: &mut [T], adds: bool, numbers: &[T]) {
    if adds {
        place.iter_mut().zip(numbers).for_each(|(place, &number)| *place += number);
    } else {
        place.copy_from_slice(numbers);
    }
}

/// Does something with each part of a work of so many multiplications, on several threads where it is worth them.
pub(crate) fn in_parallel<T: Send>(
    multiplications: usize,
    parts: Vec<T>,
    work: impl Fn(T) -> Result<()> + Send + Sync,
) -> Result<()> {
    if multiplications < WORTH_THREADS || rayon::current_num_threads() == 1 {
        return parts.into_iter().try_for_each(work);
    }
    parts.into_par_iter().try_for_each(work)
}
