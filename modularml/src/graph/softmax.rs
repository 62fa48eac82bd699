//! Softmax and its logarithm over the last axis, with a backward (candle's fused ones lose the gradient).

use candle_core::{Result, Shape, Tensor};

use super::autograd::{Given, Operation, To, apply, first};
use super::kernel::{largest_of, put, sum_of, sum_of_pairs, vectorized};
use super::real::Real;

/// exp(x) / sum(exp(x)) over the last axis; a tensor that has only the rows' axis counts as one value a row.
pub(crate) fn softmax(x: &Tensor) -> Result<Tensor> {
    apply(&[x], Softmax { logarithm: false })
}

/// x - log(sum(exp(x))) over the last axis, as [`softmax`].
pub(crate) fn log_softmax(x: &Tensor) -> Result<Tensor> {
    apply(&[x], Softmax { logarithm: true })
}

/// How many values share a sum.
fn width(dims: &[usize]) -> usize {
    match dims {
        [] | [_] => 1,
        [.., last] => (*last).max(1),
    }
}

struct Softmax {
    logarithm: bool,
}

impl Operation for Softmax {
    const NAME: &'static str = "softmax";

    /// The largest value is taken off first, so that no exponential overflows.
    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let mut y = x.numbers.to_vec();
        let mut exponentials = vec![T::zero(); width(x.dims)];
        vectorized!(|| {
            for row in y.chunks_exact_mut(width(x.dims)) {
                let largest = largest_of(row);
                exponentials.iter_mut().zip(&*row).for_each(|(exponential, &x)| *exponential = (x - largest).exp());
                let sum = sum_of(&exponentials, |exponential| exponential);
                if self.logarithm {
                    let shift = largest + sum.ln();
                    for y in row {
                        *y -= shift;
                    }
                } else {
                    row.iter_mut().zip(&exponentials).for_each(|(y, &exponential)| *y = exponential / sum);
                }
            }
        });
        Ok((y, x.dims.into()))
    }

    /// With y the result and g its gradient: y * (g - sum(g * y)), for the logarithm g - exp(y) * sum(g).
    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let width = width(first(inputs)?.dims);
        to.write(0, |of_x, adds| {
            vectorized!(|| {
                let rows = y.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
                for ((y, g), of_x) in rows.zip(of_x.chunks_exact_mut(width)) {
                    if self.logarithm {
                        let sum = sum_of(g, |g| g);
                        g.iter_mut().zip(y).for_each(|(g, &y)| *g -= y.exp() * sum);
                    } else {
                        let sum = sum_of_pairs(y, g, |y, g| g * y);
                        g.iter_mut().zip(y).for_each(|(g, &y)| *g = y * (*g - sum));
                    }
                    put(of_x, adds, g);
                }
            });
            Ok(())
        })
    }
}
