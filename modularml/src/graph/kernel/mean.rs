//! Means, as one operation each: of a function of differences in each row, and over rows.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};

use super::{numbers, vectorized, with_numbers};
use crate::graph::kernel::device::{apply1, apply2};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// The mean of f(a - b) over the numbers of each row: `[rows, ..]` twice to `[rows]`.
pub(crate) fn mean_of_rows(a: &Tensor, b: &Tensor, function: impl Function) -> Result<Tensor> {
    apply2(&a.contiguous()?, &b.contiguous()?, Rows(function))
}

/// The sum of values, each times its share; without shares their mean.
pub(crate) fn mean_of(values: &Tensor, shares: Option<Vec<f64>>) -> Result<Tensor> {
    apply1(&values.contiguous()?, Mean { shares })
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share<T: Real>(count: usize) -> T {
    T::from_f64(1.0 / count as f64)
}

struct Rows<F>(F);

impl<F: Function> Rows<F> {
    fn forward<T: Real>(&self, a: &[T], b: &[T], rows: usize) -> Vec<T> {
        let width = (a.len() / rows.max(1)).max(1);
        let row = |(a, b): (&[T], &[T])| {
            let values = a.iter().zip(b).map(|(&a, &b)| self.0.value(a - b));
            values.fold(T::zero(), |sum, value| sum + value) * share(width)
        };
        vectorized!(|| a.chunks_exact(width).zip(b.chunks_exact(width)).map(row).collect())
    }

    fn backward<T: Real>(&self, a: &Tensor, b: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradient = gradient.contiguous()?;
        let of_a = with_numbers(a, |a: &[T]| {
            with_numbers(b, |b: &[T]| {
                with_numbers(&gradient, |g: &[T]| {
                    let width = (a.len() / g.len().max(1)).max(1);
                    let mut of_a = Vec::with_capacity(a.len());
                    vectorized!(|| {
                        for ((a, b), &g) in a.chunks_exact(width).zip(b.chunks_exact(width)).zip(g) {
                            let g = g * share(width);
                            let slope = |(&a, &b): (&T, &T)| g * self.0.slope(a - b, self.0.value(a - b));
                            of_a.extend(a.iter().zip(b).map(slope));
                        }
                    });
                    Ok(of_a)
                })
            })
        })?;
        let of_a = Tensor::from_vec(of_a, a.shape(), a.device())?;
        let of_b = if b.track_op() { Some(of_a.neg()?) } else { None };
        Ok((a.track_op().then_some(of_a), of_b))
    }
}

impl<F: Function> CustomOp2 for Rows<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (dims, others) = (a_layout.dims(), b_layout.dims());
        let rows = match dims {
            [rows, ..] if dims == others => *rows,
            _ => bail!("{dims:?} and {others:?} do not have the same rows"),
        };
        let values = match a {
            CpuStorage::F32(_) => CpuStorage::F32(self.forward(numbers(a, a_layout)?, numbers(b, b_layout)?, rows)),
            CpuStorage::F64(_) => CpuStorage::F64(self.forward(numbers(a, a_layout)?, numbers(b, b_layout)?, rows)),
            _ => bail!("{} takes f32 or f64", F::NAME),
        };
        Ok((values, rows.into()))
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        match a.dtype() {
            DType::F32 => self.backward::<f32>(a, b, gradient),
            _ => self.backward::<f64>(a, b, gradient),
        }
    }
}

struct Mean {
    shares: Option<Vec<f64>>,
}

impl Mean {
    fn forward<T: Real>(&self, values: &[T]) -> Result<Vec<T>> {
        let sum = match &self.shares {
            Some(shares) if shares.len() != values.len() => bail!("{} shares of {} rows", shares.len(), values.len()),
            Some(shares) => {
                values.iter().zip(shares).fold(T::zero(), |sum, (&value, &share)| sum + value * T::from_f64(share))
            }
            None => values.iter().fold(T::zero(), |sum, &value| sum + value) * share(values.len()),
        };
        Ok(vec![sum])
    }

    fn backward<T: Real>(&self, values: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        let g = with_numbers(&gradient.contiguous()?, |g: &[T]| Ok(g.first().copied().unwrap_or_else(T::zero)))?;
        let count = values.elem_count();
        let of_values = match &self.shares {
            Some(shares) => shares.iter().map(|&share| g * T::from_f64(share)).collect(),
            None => vec![g * share(count); count],
        };
        Tensor::from_vec(of_values, values.shape(), values.device())
    }
}

impl CustomOp1 for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn cpu_fwd(&self, values: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mean = match values {
            CpuStorage::F32(_) => CpuStorage::F32(self.forward(numbers(values, layout)?)?),
            CpuStorage::F64(_) => CpuStorage::F64(self.forward(numbers(values, layout)?)?),
            _ => bail!("a mean takes f32 or f64"),
        };
        Ok((mean, ().into()))
    }

    fn bwd(&self, values: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        match values.dtype() {
            DType::F32 => self.backward::<f32>(values, gradient).map(Some),
            _ => self.backward::<f64>(values, gradient).map(Some),
        }
    }
}
