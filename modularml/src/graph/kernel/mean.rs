//! Means, as one operation each: of a function of differences in each row, and over rows. Sums are in f64, because a long
//! one in f32 loses what is small beside it.

#[cfg(test)]
mod tests;

use candle_core::{Result, Shape, Tensor, bail};

use super::{sum_of, vectorized};
use crate::graph::autograd::{Given, Operation, To, apply, first, pair};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// The mean of f(a - b) over the numbers of each row: `[rows, ..]` twice to `[rows]`.
pub(crate) fn mean_of_rows(a: &Tensor, b: &Tensor, function: impl Function) -> Result<Tensor> {
    apply(&[a, b], Rows(function))
}

/// The sum of values, each times its share; without shares their mean.
pub(crate) fn mean_of(values: &Tensor, shares: Option<Vec<f64>>) -> Result<Tensor> {
    apply(&[values], Mean { shares })
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share<T: Real>(count: usize) -> T {
    T::from_f64(1.0 / count as f64)
}

struct Rows<F>(F);

impl<F: Function> Operation for Rows<F> {
    const NAME: &'static str = F::NAME;

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (a, b, width) = pair(inputs)?;
        let mut means = vec![T::zero(); a.len() / width];
        vectorized!(|| {
            for (mean, (a, b)) in means.iter_mut().zip(a.chunks_exact(width).zip(b.chunks_exact(width))) {
                let sum = a.iter().zip(b).fold(0.0, |sum, (&a, &b)| sum + self.0.value(a - b).to_f64());
                *mean = T::from_f64(sum / width as f64);
            }
        });
        let rows = means.len();
        Ok((means, rows.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (a, b, width) = pair(inputs)?;
        for (input, sign) in [(0, T::one()), (1, T::zero() - T::one())] {
            to.write(input, |place: &mut [T], adds| {
                vectorized!(|| {
                    let rows = a.chunks_exact(width).zip(b.chunks_exact(width)).zip(&*gradient);
                    for (((a, b), &g), place) in rows.zip(place.chunks_exact_mut(width)) {
                        let g = sign * g * share(width);
                        for (place, (&a, &b)) in place.iter_mut().zip(a.iter().zip(b)) {
                            let slope = g * self.0.slope(a - b, self.0.value(a - b));
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

struct Mean {
    shares: Option<Vec<f64>>,
}

impl Operation for Mean {
    const NAME: &'static str = "mean";

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let values = first(inputs)?.numbers;
        let sum = match &self.shares {
            Some(shares) if shares.len() != values.len() => bail!("{} shares of {} rows", shares.len(), values.len()),
            Some(shares) => values.iter().zip(shares).fold(0.0, |sum, (value, share)| sum + value.to_f64() * share),
            None => sum_of(values, T::to_f64) / values.len() as f64,
        };
        Ok((vec![T::from_f64(sum)], ().into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let count = first(inputs)?.numbers.len();
        let g = gradient.first().copied().unwrap_or_else(T::zero);
        to.write(0, |place: &mut [T], adds| {
            for (row, place) in place.iter_mut().enumerate() {
                let share = match &self.shares {
                    Some(shares) => T::from_f64(shares.get(row).copied().unwrap_or(0.0)),
                    None => share(count),
                };
                *place = if adds { *place + g * share } else { g * share };
            }
            Ok(())
        })
    }
}
