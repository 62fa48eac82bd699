//! Mean 0 and variance 1, with a backward (candle's fused layer norm loses the gradient).

use crate::graph::kernel::device::apply1;
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::kernel::affine::gradient_of_bias;
use super::kernel::gradients::gradient_of;
use super::kernel::weighted::{self, Given, Weighted};
use super::kernel::{sum_of, sum_of_pairs, vectorized, with_numbers};
use super::pointwise::elements;
use super::real::Real;

/// (x - mean) / sqrt(variance + epsilon) of each `width` numbers that follow each other; the variance is that of the
/// numbers themselves, divided by their count.
pub(crate) fn normalize(x: &Tensor, width: usize, epsilon: f64) -> Result<Tensor> {
    apply1(&x.contiguous()?, Normalize { width: width.max(1), epsilon })
}

/// [`normalize`] over as many numbers as `weight` holds, times `weight`, plus `bias`.
pub(crate) fn normalize_and_scale(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, epsilon: f64) -> Result<Tensor> {
    weighted::apply(x, weight, bias, Scaled(Normalize { width: weight.elem_count().max(1), epsilon }))
}

#[derive(Clone, Copy)]
struct Normalize {
    width: usize,
    epsilon: f64,
}

impl Normalize {
    /// The mean of some numbers, and one over their deviation.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    #[inline(always)]
    fn moments<T: Real>(&self, x: &[T]) -> (f64, f64) {
        let count = x.len() as f64;
        let mean = sum_of(x, T::to_f64) / count;
        let variance = sum_of(x, |x| (x.to_f64() - mean).powi(2)) / count;
        (mean, 1.0 / (variance + self.epsilon).sqrt())
    }

    #[inline(always)]
    fn forward<T: Real>(&self, x: &[T]) -> Vec<T> {
        let mut result = Vec::with_capacity(x.len());
        for x in x.chunks(self.width) {
            let (mean, scale) = self.moments(x);
            let (mean, scale) = (T::from_f64(mean), T::from_f64(scale));
            result.extend(x.iter().map(|&x| (x - mean) * scale));
        }
        result
    }

    /// With y the result and g its gradient: (g - mean(g) - y * mean(g * y)) / sqrt(variance + epsilon).
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    #[inline(always)]
    fn backward<T: Real>(&self, x: &[T], y: &[T], g: &[T]) -> Vec<T> {
        let mut result = Vec::with_capacity(x.len());
        for ((x, y), g) in x.chunks(self.width).zip(y.chunks(self.width)).zip(g.chunks(self.width)) {
            let (_, scale) = self.moments(x);
            let count = x.len() as f64;
            let mean = sum_of(g, T::to_f64) / count;
            let along = sum_of_pairs(y, g, |y, g| y.to_f64() * g.to_f64()) / count;
            let (mean, along, scale) = (T::from_f64(mean), T::from_f64(along), T::from_f64(scale));
            result.extend(y.iter().zip(g).map(|(&y, &g)| (g - mean - y * along) * scale));
        }
        result
    }
}

impl CustomOp1 for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match x {
            CpuStorage::F32(x) => {
                let x = elements(x, layout)?;
                CpuStorage::F32(vectorized!(|| self.forward(x)))
            }
            CpuStorage::F64(x) => {
                let x = elements(x, layout)?;
                CpuStorage::F64(vectorized!(|| self.forward(x)))
            }
            _ => bail!("normalize takes f32 or f64"),
        };
        Ok((values, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, value: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op3_no_bwd(value, &gradient.contiguous()?, &Backward(*self)).map(Some)
    }
}

struct Backward(Normalize);

impl CustomOp3 for Backward {
    fn name(&self) -> &'static str {
        "normalize backward"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
        g: &CpuStorage,
        g_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let gradient = match (x, y, g) {
            (CpuStorage::F32(x), CpuStorage::F32(y), CpuStorage::F32(g)) => {
                let (x, y, g) = (elements(x, x_layout)?, elements(y, y_layout)?, elements(g, g_layout)?);
                CpuStorage::F32(vectorized!(|| self.0.backward(x, y, g)))
            }
            (CpuStorage::F64(x), CpuStorage::F64(y), CpuStorage::F64(g)) => {
                let (x, y, g) = (elements(x, x_layout)?, elements(y, y_layout)?, elements(g, g_layout)?);
                CpuStorage::F64(vectorized!(|| self.0.backward(x, y, g)))
            }
            _ => bail!("normalize takes f32 or f64"),
        };
        Ok((gradient, x_layout.shape().clone()))
    }
}

struct Scaled(Normalize);

impl Weighted for Scaled {
    const NAME: &'static str = "normalize and scale";

    fn forward<T: Real>(
        &self,
        (x, dims): Given<'_, T>,
        (weight, _): Given<'_, T>,
        bias: Option<Given<'_, T>>,
    ) -> Result<(Vec<T>, Shape)> {
        let mut y = vectorized!(|| self.0.forward(x));
        vectorized!(|| {
            for y in y.chunks_exact_mut(self.0.width) {
                y.iter_mut().zip(weight).for_each(|(y, &weight)| *y *= weight);
                if let Some((bias, _)) = bias {
                    y.iter_mut().zip(bias).for_each(|(y, &bias)| *y += bias);
                }
            }
        });
        Ok((y, dims.into()))
    }

    /// The numbers between normalization and weight are computed again rather than kept.
    fn backward<T: Real>(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let width = self.0.width;
        let normal = with_numbers(x, |x: &[T]| Ok(vectorized!(|| self.0.forward(x))))?;
        with_numbers(gradient, |g: &[T]| {
            let of_x = if x.track_op() {
                let of_normal: Vec<T> = with_numbers(weight, |weight: &[T]| {
                    let mut of_normal = g.to_vec();
                    vectorized!(|| {
                        for row in of_normal.chunks_exact_mut(width) {
                            row.iter_mut().zip(weight).for_each(|(g, &weight)| *g *= weight);
                        }
                    });
                    Ok(of_normal)
                })?;
                let of_x = with_numbers(x, |x| Ok(vectorized!(|| self.0.backward(x, &normal, &of_normal))))?;
                Some(Tensor::from_vec(of_x, x.shape(), x.device())?)
            } else {
                None
            };
            let of_weight = gradient_of(weight, |sums: &mut [T], adds| {
                vectorized!(|| {
                    if !adds {
                        sums.fill(T::zero());
                    }
                    for (normal, g) in normal.chunks_exact(width).zip(g.chunks_exact(width)) {
                        let all = sums.iter_mut().zip(normal).zip(g);
                        all.for_each(|((sum, &normal), &g)| *sum += normal * g);
                    }
                });
                Ok(())
            })?;
            Ok([of_x, of_weight, gradient_of_bias(bias, g)?])
        })
    }
}
