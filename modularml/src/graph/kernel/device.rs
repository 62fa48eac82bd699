//! Our operations on tensors of any device.
//!
//! They have kernels for the CPU only. On another device they are computed on the CPU, with copies that candle's
//! autograd follows in both directions.

use candle_core::{CustomOp1, CustomOp2, CustomOp3, DType, Device, Result, Tensor};

/// A tensor where operations of ours can read it: itself, or a copy on the CPU.
pub(crate) fn on_cpu(tensor: &Tensor) -> Result<Tensor> {
    tensor.to_device(&Device::Cpu)
}

/// An operation on one tensor.
pub(crate) fn apply1(x: &Tensor, operation: impl CustomOp1 + Send + Sync + 'static) -> Result<Tensor> {
    on_cpu(x)?.apply_op1(operation)?.to_device(x.device())
}

/// An operation on two tensors.
pub(crate) fn apply2(x: &Tensor, y: &Tensor, operation: impl CustomOp2 + Send + Sync + 'static) -> Result<Tensor> {
    on_cpu(x)?.apply_op2(&on_cpu(y)?, operation)?.to_device(x.device())
}

/// An operation on three tensors.
pub(crate) fn apply3(
    x: &Tensor,
    y: &Tensor,
    z: &Tensor,
    operation: impl CustomOp3 + Send + Sync + 'static,
) -> Result<Tensor> {
    on_cpu(x)?.apply_op3(&on_cpu(y)?, &on_cpu(z)?, operation)?.to_device(x.device())
}

/// The numbers of a tensor of any type, which a device need not have as f64.
pub(crate) fn f64s(tensor: &Tensor) -> Result<Vec<f64>> {
    on_cpu(tensor)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// A tensor in the type and on the device of another one.
pub(crate) fn beside(other: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    tensor.to_dtype(other.dtype())?.to_device(other.device())
}
