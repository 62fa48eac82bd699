//! Tensors of any device: operations of ours have kernels for the CPU only, and are computed there, with copies that
//! candle's autograd follows in both directions.

use candle_core::{DType, Device, Result, Tensor};

/// A tensor where operations of ours can read it: itself, or a copy on the CPU.
pub(crate) fn on_cpu(tensor: &Tensor) -> Result<Tensor> {
    tensor.to_device(&Device::Cpu)
}

/// The numbers of a tensor of any type, which a device need not have as f64.
pub(crate) fn f64s(tensor: &Tensor) -> Result<Vec<f64>> {
    on_cpu(tensor)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// A tensor in the type and on the device of another one.
pub(crate) fn beside(other: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    tensor.to_dtype(other.dtype())?.to_device(other.device())
}

/// The type to compute in with parameters of a type.
pub(crate) const fn wide(dtype: DType) -> DType {
    match dtype {
        DType::BF16 | DType::F16 => DType::F32,
        other => other,
    }
}
