//! Mean 0 and variance 1, with a backward (candle's fused layer norm loses the gradient).

use candle_core::{Result, Shape, Tensor};

use super::autograd::{Given, Operation, To, apply, first};
use super::kernel::affine::add_rows;
use super::kernel::{put, sum_of, sum_of_pairs, vectorized};
use super::real::Real;

/// (x - mean) / sqrt(variance + epsilon) of each `width` numbers that follow each other; the variance is that of the
/// numbers themselves, divided by their count.
pub(crate) fn normalize(x: &Tensor, width: usize, epsilon: f64) -> Result<Tensor> {
    apply(&[x], Normalize { width: width.max(1), epsilon })
}

/// [`normalize`] over as many numbers as `weight` holds, times `weight`, plus `bias`.
pub(crate) fn normalize_and_scale(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, epsilon: f64) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [x, weight].into_iter().chain(bias).collect();
    apply(&inputs, Scaled(Normalize { width: weight.elem_count().max(1), epsilon }))
}

/// The mean of some numbers, and the mean of the squared distances from it.
#[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
#[inline(always)]
pub(crate) fn moments<T: Real>(x: &[T]) -> (f64, f64) {
    let count = x.len() as f64;
    let mean = sum_of(x, T::to_f64) / count;
    (mean, sum_of(x, |x| (x.to_f64() - mean).powi(2)) / count)
}

#[derive(Clone, Copy)]
struct Normalize {
    width: usize,
    epsilon: f64,
}

impl Normalize {
    /// The mean of some numbers, and one over their deviation.
    #[inline(always)]
    fn moments<T: Real>(&self, x: &[T]) -> (T, T) {
        let (mean, variance) = moments(x);
        (T::from_f64(mean), T::from_f64(1.0 / (variance + self.epsilon).sqrt()))
    }

    #[inline(always)]
    fn normal<T: Real>(&self, x: &[T], y: &mut [T]) {
        let (mean, scale) = self.moments(x);
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * scale);
    }

    /// With y the result and g its gradient: (g - mean(g) - y * mean(g * y)) / sqrt(variance + epsilon).
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    #[inline(always)]
    fn back<T: Real>(&self, x: &[T], y: &[T], g: &mut [T]) {
        let (_, scale) = self.moments(x);
        let count = x.len() as f64;
        let mean = T::from_f64(sum_of(g, T::to_f64) / count);
        let along = T::from_f64(sum_of_pairs(y, g, |y, g| y.to_f64() * g.to_f64()) / count);
        g.iter_mut().zip(y).for_each(|(g, &y)| *g = (*g - mean - y * along) * scale);
    }
}

impl Operation for Normalize {
    const NAME: &'static str = "normalize";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let mut y = vec![T::zero(); x.numbers.len()];
        vectorized!(|| {
            for (x, y) in x.numbers.chunks(self.width).zip(y.chunks_mut(self.width)) {
                self.normal(x, y);
            }
        });
        Ok((y, x.dims.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let width = self.width;
        let x = first(inputs)?.numbers;
        to.write(0, |of_x, adds| {
            vectorized!(|| {
                let rows = x.chunks(width).zip(y.chunks(width)).zip(gradient.chunks_mut(width));
                for (((x, y), g), of_x) in rows.zip(of_x.chunks_mut(width)) {
                    self.back(x, y, g);
                    put(of_x, adds, g);
                }
            });
            Ok(())
        })
    }
}

struct Scaled(Normalize);

impl Operation for Scaled {
    const NAME: &'static str = "normalize and scale";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let (weight, bias) = (inputs.get(1), inputs.get(2));
        let mut y = vec![T::zero(); x.numbers.len()];
        vectorized!(|| {
            for (x, y) in x.numbers.chunks_exact(self.0.width).zip(y.chunks_exact_mut(self.0.width)) {
                self.0.normal(x, y);
                if let Some(weight) = weight {
                    y.iter_mut().zip(weight.numbers).for_each(|(y, &weight)| *y *= weight);
                }
                if let Some(bias) = bias {
                    y.iter_mut().zip(bias.numbers).for_each(|(y, &bias)| *y += bias);
                }
            }
        });
        Ok((y, x.dims.into()))
    }

    /// The numbers between normalization and weight are computed again rather than kept.
    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let width = self.0.width;
        let x = first(inputs)?.numbers;
        let weight = inputs.get(1).map_or(&[][..], |weight| weight.numbers);
        let mut normal = vec![T::zero(); width];
        to.write(2, |of_bias, adds| {
            add_rows(of_bias, adds, gradient);
            Ok(())
        })?;
        to.write(1, |sums: &mut [T], adds| {
            vectorized!(|| {
                if !adds {
                    sums.fill(T::zero());
                }
                for (x, g) in x.chunks_exact(width).zip(gradient.chunks_exact(width)) {
                    self.0.normal(x, &mut normal);
                    let all = sums.iter_mut().zip(&normal).zip(g);
                    all.for_each(|((sum, &normal), &g)| *sum += normal * g);
                }
            });
            Ok(())
        })?;
        to.write(0, |of_x, adds| {
            vectorized!(|| {
                let rows = x.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
                for ((x, g), of_x) in rows.zip(of_x.chunks_exact_mut(width)) {
                    self.0.normal(x, &mut normal);
                    g.iter_mut().zip(weight).for_each(|(g, &weight)| *g *= weight);
                    self.0.back(x, &normal, g);
                    put(of_x, adds, g);
                }
            });
            Ok(())
        })
    }
}
