//! Softmax and its logarithm over the last axis, with a backward (candle's fused ones lose the gradient).

use crate::graph::kernel::device::apply1;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::kernel::{largest_of, sum_of, sum_of_pairs, vectorized};
use super::pointwise::elements;
use super::real::Real;

/// exp(x) / sum(exp(x)) over the last axis; a tensor that has only the rows' axis counts as one value a row.
pub(crate) fn softmax(x: &Tensor) -> Result<Tensor> {
    apply1(&x.contiguous()?, Softmax { logarithm: false })
}

/// x - log(sum(exp(x))) over the last axis, as [`softmax`].
pub(crate) fn log_softmax(x: &Tensor) -> Result<Tensor> {
    apply1(&x.contiguous()?, Softmax { logarithm: true })
}

/// How many values share a sum.
fn width(layout: &Layout) -> usize {
    match layout.dims() {
        [] | [_] => 1,
        [.., last] => *last,
    }
}

struct Softmax {
    logarithm: bool,
}

impl Softmax {
    /// The largest value is taken off first, so that no exponential overflows.
    #[inline(always)]
    fn forward<T: Real>(&self, x: &[T], width: usize) -> Vec<T> {
        let mut result = Vec::with_capacity(x.len());
        let mut exponentials = Vec::with_capacity(width);
        for row in x.chunks_exact(width.max(1)) {
            let largest = largest_of(row);
            exponentials.clear();
            exponentials.extend(row.iter().map(|&x| (x - largest).exp()));
            let sum = sum_of(&exponentials, |exponential| exponential);
            if self.logarithm {
                let shift = largest + sum.ln();
                result.extend(row.iter().map(|&x| x - shift));
            } else {
                result.extend(exponentials.iter().map(|&exponential| exponential / sum));
            }
        }
        result
    }

    /// With y the result and g its gradient: y * (g - sum(g * y)), for the logarithm g - exp(y) * sum(g).
    #[inline(always)]
    fn backward<T: Real>(&self, y: &[T], g: &[T], width: usize) -> Vec<T> {
        let mut result = Vec::with_capacity(y.len());
        for (y, g) in y.chunks_exact(width.max(1)).zip(g.chunks_exact(width.max(1))) {
            let pairs = y.iter().zip(g);
            if self.logarithm {
                let sum = sum_of(g, |g| g);
                result.extend(pairs.map(|(&y, &g)| g - y.exp() * sum));
            } else {
                let sum = sum_of_pairs(y, g, |y, g| g * y);
                result.extend(pairs.map(|(&y, &g)| y * (g - sum)));
            }
        }
        result
    }
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = width(layout);
        let values = match x {
            CpuStorage::F32(x) => {
                let x = elements(x, layout)?;
                CpuStorage::F32(vectorized!(|| self.forward(x, width)))
            }
            CpuStorage::F64(x) => {
                let x = elements(x, layout)?;
                CpuStorage::F64(vectorized!(|| self.forward(x, width)))
            }
            _ => bail!("softmax takes f32 or f64"),
        };
        Ok((values, layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, value: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        value.apply_op2_no_bwd(&gradient.contiguous()?, &Backward(Self { ..*self })).map(Some)
    }
}

struct Backward(Softmax);

impl CustomOp2 for Backward {
    fn name(&self) -> &'static str {
        "softmax backward"
    }

    fn cpu_fwd(
        &self,
        value: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let width = width(layout);
        let gradient = match (value, gradient) {
            (CpuStorage::F32(y), CpuStorage::F32(g)) => {
                let (y, g) = (elements(y, layout)?, elements(g, gradient_layout)?);
                CpuStorage::F32(vectorized!(|| self.0.backward(y, g, width)))
            }
            (CpuStorage::F64(y), CpuStorage::F64(g)) => {
                let (y, g) = (elements(y, layout)?, elements(g, gradient_layout)?);
                CpuStorage::F64(vectorized!(|| self.0.backward(y, g, width)))
            }
            _ => bail!("softmax takes f32 or f64"),
        };
        Ok((gradient, layout.shape().clone()))
    }
}
