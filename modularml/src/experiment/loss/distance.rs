//! Lengths and distances of rows, and the functions at their ends, with PyTorch's gradients where they have a kink.

use candle_core::{Result, Shape, Tensor};

use crate::graph::autograd::{Given, Operation, To, apply, pair};
use crate::graph::kernel::{sum_of_pairs, vectorized};
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;

/// One row of numbers a sample: `[rows, numbers]`.
pub(super) fn as_rows(x: &Tensor) -> Result<Tensor> {
    match x.rank() {
        0 | 1 => x.reshape(((), 1)),
        _ => x.flatten_from(1),
    }
}

/// The square root of each number, with gradient 0 at 0.
pub(super) fn root(x: &Tensor) -> Result<Tensor> {
    pointwise::apply(x, Root)
}

/// The length sqrt(|a - b + shift|² + floor) of each row of `[rows, ..]`, with gradient 0 where it is 0.
pub(super) fn distance(a: &Tensor, b: &Tensor, shift: f64, floor: f64) -> Result<Tensor> {
    apply(&[a, b], Distance { shift, floor })
}

/// (sum |a - b + shift|^power)^(1 / power) of each row of `[rows, ..]`, with gradient 0 where it is 0.
pub(super) fn power_distance(a: &Tensor, b: &Tensor, shift: f64, power: f64) -> Result<Tensor> {
    let differences = as_rows(&((a - b)? + shift)?)?.abs()?;
    // In units of the largest difference of a row no power is lost; the gradient is the same.
    let largest = differences.detach().max_keepdim(1)?;
    let (zeros, ones) = (largest.zeros_like()?, largest.ones_like()?);
    let is_apart = largest.gt(&zeros)?;
    let unit = is_apart.where_cond(&largest, &ones)?;
    let sum = differences.broadcast_div(&unit)?.powf(power)?.sum_keepdim(1)?;
    let lengths = is_apart.where_cond(&sum, &ones)?.powf(1.0 / power)?;
    (lengths * largest)?.squeeze(1)
}

/// max(x, 0), with gradient 0 at 0 as PyTorch's `clamp_min`.
pub(super) fn at_least_zero(x: &Tensor) -> Result<Tensor> {
    pointwise::apply(x, AtLeastZero)
}

/// Each row divided by its Euclidean length, or by 1e-12 where that is larger, as `torch.nn.functional.normalize`.
pub(super) fn normalized(x: &Tensor) -> Result<Tensor> {
    let rows = as_rows(x)?;
    let lengths = pointwise::apply(&rows.sqr()?.sum_keepdim(1)?, Length)?;
    rows.broadcast_div(&lengths)
}

struct Distance {
    shift: f64,
    floor: f64,
}

impl Operation for Distance {
    const NAME: &'static str = "distance";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (a, b, width) = pair(inputs)?;
        let (shift, floor) = (T::from_f64(self.shift), T::from_f64(self.floor));
        let mut distances = vec![T::zero(); a.len() / width];
        vectorized!(|| {
            for (distance, (a, b)) in distances.iter_mut().zip(a.chunks_exact(width).zip(b.chunks_exact(width))) {
                let square = |a: T, b: T| (a - b + shift) * (a - b + shift);
                *distance = (sum_of_pairs(a, b, square) + floor).sqrt();
            }
        });
        let rows = distances.len();
        Ok((distances, rows.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], distances: &[T], g: &mut [T], to: &To<'_>) -> Result<()> {
        let (a, b, width) = pair(inputs)?;
        let shift = T::from_f64(self.shift);
        for (input, sign) in [(0, T::one()), (1, T::zero() - T::one())] {
            to.write(input, |place: &mut [T], adds| {
                vectorized!(|| {
                    let rows = a.chunks_exact(width).zip(b.chunks_exact(width)).zip(distances.iter().zip(&*g));
                    for (((a, b), (&distance, &g)), place) in rows.zip(place.chunks_exact_mut(width)) {
                        let along = if distance > T::zero() { sign * g / distance } else { T::zero() };
                        for (place, (&a, &b)) in place.iter_mut().zip(a.iter().zip(b)) {
                            let slope = (a - b + shift) * along;
                            *place = if adds { *place + slope } else { slope };
                        }
                    }
                });
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Root;

impl Function for Root {
    const NAME: &'static str = "root";

    fn value<T: Real>(self, x: T) -> T {
        x.sqrt()
    }

    fn slope<T: Real>(self, _: T, value: T) -> T {
        if value > T::zero() { T::from_f64(0.5) / value } else { T::zero() }
    }
}

/// The root, not below 1e-12.
#[derive(Clone, Copy)]
struct Length;

impl Length {
    const LEAST: f64 = 1e-12;
}

impl Function for Length {
    const NAME: &'static str = "length";

    fn value<T: Real>(self, x: T) -> T {
        let (length, least) = (x.sqrt(), T::from_f64(Self::LEAST));
        if length < least { least } else { length }
    }

    fn slope<T: Real>(self, _: T, value: T) -> T {
        if value > T::from_f64(Self::LEAST) { T::from_f64(0.5) / value } else { T::zero() }
    }
}

#[derive(Clone, Copy)]
struct AtLeastZero;

impl Function for AtLeastZero {
    const NAME: &'static str = "at least zero";

    fn value<T: Real>(self, x: T) -> T {
        if x < T::zero() { T::zero() } else { x }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::zero() }
    }
}
