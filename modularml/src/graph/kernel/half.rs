//! Parameters of half precision: kept in 16 bits each, computed with in f32.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

use super::gradients::gradient_of;
use super::with_numbers;
use crate::graph::pointwise::elements;

/// The type to compute in with parameters of a type.
pub(crate) const fn wide(dtype: DType) -> DType {
    match dtype {
        DType::BF16 | DType::F16 => DType::F32,
        other => other,
    }
}

/// A parameter in the type to compute in.
pub(crate) fn widened(parameter: &Tensor) -> Result<Tensor> {
    if wide(parameter.dtype()) == parameter.dtype() { Ok(parameter.clone()) } else { parameter.apply_op1(Widen) }
}

/// Whether a parameter of half precision is what an f32 tensor is rounded to.
pub(crate) fn is_rounded_from(parameter: &Tensor, exact: &Tensor) -> Result<bool> {
    let rounded = exact.detach().to_dtype(parameter.dtype())?.to_dtype(DType::F32)?;
    let found = parameter.detach().to_dtype(DType::F32)?;
    with_numbers(&rounded, |rounded: &[f32]| {
        with_numbers(&found, |found: &[f32]| {
            Ok(rounded.len() == found.len() && rounded.iter().zip(found).all(|(a, b)| a.to_bits() == b.to_bits()))
        })
    })
}

/// Half precision to f32. candle's own conversion would round the gradient to half on its way back.
struct Widen;

impl CustomOp1 for Widen {
    fn name(&self) -> &'static str {
        "widen"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let numbers = match storage {
            CpuStorage::BF16(values) => elements(values, layout)?.iter().map(|value| value.to_f32()).collect(),
            CpuStorage::F16(values) => elements(values, layout)?.iter().map(|value| value.to_f32()).collect(),
            _ => bail!("a parameter of half precision is bf16 or f16"),
        };
        Ok((CpuStorage::F32(numbers), layout.shape().clone()))
    }

    fn bwd(&self, parameter: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
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
