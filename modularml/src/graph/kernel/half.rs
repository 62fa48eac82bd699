//! Parameters of half precision: kept in 16 bits each, computed with in f32.

use super::device::wide;
use candle_core::backend::BackendStorage as _;

use super::device::on_cpu;
use super::with_numbers;
use crate::graph::autograd::gradient_of;
use candle_core::{CpuStorage, CudaStorage, CustomOp1, DType, Layout, MetalStorage, Result, Shape, Tensor};

/// A parameter in the type to compute in.
pub(crate) fn widened(parameter: &Tensor) -> Result<Tensor> {
    if wide(parameter.dtype()) == parameter.dtype() { Ok(parameter.clone()) } else { parameter.apply_op1(Widen) }
}

/// Whether a parameter of half precision is what an f32 tensor is rounded to.
pub(crate) fn is_rounded_from(parameter: &Tensor, exact: &Tensor) -> Result<bool> {
    let rounded = on_cpu(&exact.detach())?.to_dtype(parameter.dtype())?.to_dtype(DType::F32)?;
    let found = on_cpu(&parameter.detach())?.to_dtype(DType::F32)?;
    with_numbers(&rounded, |rounded: &[f32]| {
        with_numbers(&found, |found: &[f32]| {
            Ok(rounded.len() == found.len() && rounded.iter().zip(found).all(|(a, b)| a.to_bits() == b.to_bits()))
        })
    })
}

/// Half precision to f32, on any device. candle's own conversion would round the gradient to half on its way back.
struct Widen;

impl CustomOp1 for Widen {
    fn name(&self) -> &'static str {
        "widen"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((storage.to_dtype(layout, DType::F32)?, layout.shape().clone()))
    }

    fn cuda_fwd(&self, storage: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        Ok((storage.to_dtype(layout, DType::F32)?, layout.shape().clone()))
    }

    fn metal_fwd(&self, storage: &MetalStorage, layout: &Layout) -> Result<(MetalStorage, Shape)> {
        Ok((storage.to_dtype(layout, DType::F32)?, layout.shape().clone()))
    }

    fn bwd(&self, parameter: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = on_cpu(gradient)?.contiguous()?;
        let for_candle = gradient_of(parameter, |place: &mut [f32], adds| {
            with_numbers(&gradient, |numbers: &[f32]| {
                if adds {
                    place.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
                } else {
                    place.copy_from_slice(numbers);
                }
                Ok(())
            })
        })?;
        // What candle gathers has the type of the parameter.
        for_candle.map(|gradient| gradient.to_dtype(parameter.dtype())).transpose()
    }
}
