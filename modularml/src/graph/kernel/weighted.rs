//! Operations of a batch with a weight and, where there is one, a bias, as candle wants them.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, DType, Layout, Result, Shape, Tensor, bail};

use super::numbers;
use crate::graph::kernel::device::{apply2, apply3};
use crate::graph::real::Real;

/// Numbers with their dimensions.
pub(crate) type Given<'a, T> = (&'a [T], &'a [usize]);

/// What such an operation computes.
pub(crate) trait Weighted: Send + Sync + 'static {
    /// The name in candle's messages.
    const NAME: &'static str;

    /// The result, row after row, and its shape.
    fn forward<T: Real>(
        &self,
        x: Given<'_, T>,
        weight: Given<'_, T>,
        bias: Option<Given<'_, T>>,
    ) -> Result<(Vec<T>, Shape)>;

    /// The gradients of the three, none for what needs none or has it in its place already.
    fn backward<T: Real>(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]>;
}

/// Applies an operation.
pub(crate) fn apply(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, operation: impl Weighted) -> Result<Tensor> {
    let x = x.contiguous()?;
    match bias {
        Some(bias) => apply3(&x, weight, bias, Operation(operation)),
        None => apply2(&x, weight, Operation(operation)),
    }
}

struct Operation<O>(O);

fn given<'a, T: Real>((values, layout): (&'a CpuStorage, &'a Layout)) -> Result<Given<'a, T>> {
    Ok((numbers(values, layout)?, layout.dims()))
}

impl<O: Weighted> Operation<O> {
    fn typed<T: Real>(
        &self,
        x: (&CpuStorage, &Layout),
        weight: (&CpuStorage, &Layout),
        bias: Option<(&CpuStorage, &Layout)>,
    ) -> Result<(CpuStorage, Shape)> {
        let (y, shape) = self.0.forward::<T>(given(x)?, given(weight)?, bias.map(given).transpose()?)?;
        Ok((T::to_cpu_storage_owned(y), shape))
    }

    fn forward(
        &self,
        x: (&CpuStorage, &Layout),
        weight: (&CpuStorage, &Layout),
        bias: Option<(&CpuStorage, &Layout)>,
    ) -> Result<(CpuStorage, Shape)> {
        match x.0 {
            CpuStorage::F32(_) => self.typed::<f32>(x, weight, bias),
            CpuStorage::F64(_) => self.typed::<f64>(x, weight, bias),
            _ => bail!("{} takes f32 or f64", O::NAME),
        }
    }

    fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let gradient = gradient.contiguous()?;
        match x.dtype() {
            DType::F32 => self.0.backward::<f32>(x, weight, bias, y, &gradient),
            _ => self.0.backward::<f64>(x, weight, bias, y, &gradient),
        }
    }
}

impl<O: Weighted> CustomOp3 for Operation<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (weight, weight_layout), Some((bias, bias_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [x, weight, bias] = self.backward(x, weight, Some(bias), y, gradient)?;
        Ok((x, weight, bias))
    }
}

impl<O: Weighted> CustomOp2 for Operation<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [x, weight, _] = self.backward(x, weight, None, y, gradient)?;
        Ok((x, weight))
    }
}
