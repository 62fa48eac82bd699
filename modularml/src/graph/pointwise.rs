//! Functions of one number with a derivative of our own, applied to every element of a tensor in one pass.

use crate::graph::kernel::device::apply1;
use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::kernel::vectorized;
use super::real::Real;

/// A function of one number.
pub(crate) trait Function: Copy + Send + Sync + 'static {
    /// The name in candle's messages.
    const NAME: &'static str;
    /// Whether f(x) is x.
    const IS_UNCHANGED: bool = false;
    /// f(x).
    fn value<T: Real>(self, x: T) -> T;
    /// f'(x), given f(x) as well.
    fn slope<T: Real>(self, x: T, value: T) -> T;
}

/// f of every element, with a gradient.
pub(crate) fn apply(x: &Tensor, function: impl Function) -> Result<Tensor> {
    apply1(&x.contiguous()?, Forward(function))
}

/// The elements of a contiguous tensor.
pub(crate) fn elements<'a, T>(values: &'a [T], layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets().and_then(|(start, end)| values.get(start..end)) {
        Some(elements) => Ok(elements),
        None => bail!("a contiguous tensor is needed, found strides {:?}", layout.stride()),
    }
}

/// The elements of a contiguous tensor, to be changed.
pub(crate) fn elements_mut<'a, T>(values: &'a mut [T], layout: &Layout) -> Result<&'a mut [T]> {
    match layout.contiguous_offsets().and_then(|(start, end)| values.get_mut(start..end)) {
        Some(elements) => Ok(elements),
        None => bail!("a contiguous tensor is needed, found strides {:?}", layout.stride()),
    }
}

struct Forward<F>(F);

impl<F: Function> CustomOp1 for Forward<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        fn map<T: Real>(function: impl Function, x: &[T]) -> Vec<T> {
            vectorized!(|| x.iter().map(|&x| function.value(x)).collect())
        }
        let values = match x {
            CpuStorage::F32(x) => CpuStorage::F32(map(self.0, elements(x, layout)?)),
            CpuStorage::F64(x) => CpuStorage::F64(map(self.0, elements(x, layout)?)),
            _ => bail!("{} takes f32 or f64", F::NAME),
        };
        Ok((values, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, value: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op3_no_bwd(value, &gradient.contiguous()?, &Backward(self.0)).map(Some)
    }
}

struct Backward<F>(F);

impl<F: Function> CustomOp3 for Backward<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        value: &CpuStorage,
        value_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        fn chain<T: Real>(function: impl Function, x: &[T], value: &[T], gradient: &[T]) -> Vec<T> {
            let pairs = x.iter().zip(value);
            let slope = |((&x, &value), &gradient): ((&T, &T), &T)| gradient * function.slope(x, value);
            vectorized!(|| pairs.zip(gradient).map(slope).collect())
        }
        macro_rules! chain {
            ($x:ident, $value:ident, $gradient:ident) => {
                chain(
                    self.0,
                    elements($x, x_layout)?,
                    elements($value, value_layout)?,
                    elements($gradient, gradient_layout)?,
                )
            };
        }
        let gradient = match (x, value, gradient) {
            (CpuStorage::F32(x), CpuStorage::F32(value), CpuStorage::F32(gradient)) => {
                CpuStorage::F32(chain!(x, value, gradient))
            }
            (CpuStorage::F64(x), CpuStorage::F64(value), CpuStorage::F64(gradient)) => {
                CpuStorage::F64(chain!(x, value, gradient))
            }
            _ => bail!("{} takes f32 or f64", F::NAME),
        };
        Ok((gradient, x_layout.shape().clone()))
    }
}
