//! Tensors as arrays of `ndarray`.

use candle_core::{DType, Device, Tensor};
use ndarray::ArrayD;

use crate::Result;
use crate::data::{Array, ColumnElement, Numbers};
use crate::error::At as _;

/// A tensor as an array of the crate `ndarray`, with the feature `ndarray`: of its own type, or of another that holds each of
/// its numbers. They are copied, from whatever device they are on.
///
/// ```
/// use modularml::Tensor;
/// use modularml::candle_core::Device;
/// use modularml::graph::to_ndarray;
///
/// let tensor = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu)?;
/// assert_eq!(to_ndarray::<f32>(&tensor)?[[1, 0]], 3.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `T` cannot hold each of the numbers, or they cannot be copied from their device.
pub fn to_ndarray<T: ColumnElement>(tensor: &Tensor) -> Result<ArrayD<T>> {
    let at = || "tensor".to_owned();
    numbers(tensor).at(at)?.into_ndarray().at(at)
}

fn numbers(tensor: &Tensor) -> candle_core::Result<Array> {
    let dims = tensor.dims().to_vec();
    let flat = tensor.to_device(&Device::Cpu)?.flatten_all()?;
    let numbers = match flat.dtype() {
        DType::F64 => Numbers::F64(flat.to_vec1()?),
        DType::I16 | DType::I32 | DType::I64 => Numbers::I64(flat.to_dtype(DType::I64)?.to_vec1()?),
        DType::U32 => Numbers::U32(flat.to_vec1()?),
        DType::U8 => Numbers::U8(flat.to_vec1()?),
        // Half precision is how parameters are kept, and f32 holds it.
        _ => Numbers::F32(flat.to_dtype(DType::F32)?.to_vec1()?),
    };
    Ok(Array { dims, numbers })
}
