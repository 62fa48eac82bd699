//! One factor and one summand for each channel.

#[cfg(test)]
mod tests;

use candle_core::{Result, Shape, Tensor, bail};

use super::{put, sum_of, sum_of_pairs, vectorized};
use crate::graph::autograd::{Given, Operation, To, apply, weighted};
use crate::graph::real::Real;

/// x * weight + bias, where `inner` numbers of a channel follow one another: `[rows, channels, inner]` with a weight and a
/// bias of `[channels]`.
///
/// The gradients of weight and bias are sums over all rows, which are added up in f64.
pub(crate) fn scale_shift(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, inner: usize) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [x, weight].into_iter().chain(bias).collect();
    apply(&inputs, ScaleShift { inner: inner.max(1) })
}

struct ScaleShift {
    inner: usize,
}

impl ScaleShift {
    /// Where the numbers of a row that belong to one channel lie.
    fn size(&self, x: usize, weight: usize, bias: Option<usize>) -> Result<usize> {
        let row = weight * self.inner;
        if row == 0 || !x.is_multiple_of(row) || bias.is_some_and(|bias| bias != weight) {
            bail!("{x} numbers are not rows of {weight} channels of {}, with a bias of {bias:?}", self.inner);
        }
        Ok(row)
    }

    /// Adds up something over the numbers of each channel, behind what the sums hold where `adds`.
    fn sums<T: Real>(&self, sums: &mut [T], adds: bool, gradient: &[T], each: impl Fn(&[T], usize) -> f64) {
        let mut totals: Vec<f64> = sums.iter().map(|sum| if adds { sum.to_f64() } else { 0.0 }).collect();
        let row = totals.len() * self.inner;
        for (at, row) in gradient.chunks_exact(row.max(1)).enumerate() {
            let start = at * row.len();
            let channels = totals.iter_mut().zip(row.chunks_exact(self.inner));
            channels
                .enumerate()
                .for_each(|(channel, (total, line))| *total += each(line, start + channel * self.inner));
        }
        sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum = T::from_f64(total));
    }
}

impl Operation for ScaleShift {
    const NAME: &'static str = "scale and shift";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (x, weight, bias) = weighted(inputs)?;
        let row = self.size(x.numbers.len(), weight.numbers.len(), bias.map(|bias| bias.numbers.len()))?;
        let mut y = x.numbers.to_vec();
        vectorized!(|| {
            for row in y.chunks_exact_mut(row) {
                scale(row, weight.numbers, self.inner);
                if let Some(bias) = bias {
                    shift(row, bias.numbers, self.inner);
                }
            }
        });
        Ok((y, x.dims.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (x, weight, _) = weighted(inputs)?;
        to.write(1, |place, adds| {
            let of_x = |from: usize, length: usize| x.numbers.get(from..from + length).unwrap_or_default();
            vectorized!(|| self.sums(place, adds, gradient, |line, from| {
                sum_of_pairs(line, of_x(from, line.len()), |g, x| g.to_f64() * x.to_f64())
            }));
            Ok(())
        })?;
        to.write(2, |place, adds| {
            vectorized!(|| self.sums(place, adds, gradient, |line, _| sum_of(line, T::to_f64)));
            Ok(())
        })?;
        to.write(0, |place, adds| {
            let row = self.size(gradient.len(), weight.numbers.len(), None)?;
            vectorized!(|| {
                gradient.chunks_exact_mut(row).for_each(|row| scale(row, weight.numbers, self.inner));
                put(place, adds, gradient);
            });
            Ok(())
        })
    }
}

#[inline(always)]
fn scale<T: Real>(row: &mut [T], by: &[T], inner: usize) {
    if inner == 1 {
        row.iter_mut().zip(by).for_each(|(number, &by)| *number *= by);
    } else {
        let lines = row.chunks_exact_mut(inner).zip(by);
        lines.for_each(|(line, &by)| line.iter_mut().for_each(|number| *number *= by));
    }
}

#[inline(always)]
fn shift<T: Real>(row: &mut [T], by: &[T], inner: usize) {
    if inner == 1 {
        row.iter_mut().zip(by).for_each(|(number, &by)| *number += by);
    } else {
        let lines = row.chunks_exact_mut(inner).zip(by);
        lines.for_each(|(line, &by)| line.iter_mut().for_each(|number| *number += by));
    }
}
