//! The numbers of contiguous tensors.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

use crate::graph::real::Real;

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

/// Gives a function the numbers of a contiguous tensor.
pub(crate) fn with_numbers<T: Real, R>(tensor: &Tensor, read: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(values) => read(numbers(values, layout)?),
        _ => bail!("tensors must be on the CPU"),
    }
}

/// The numbers of contiguous storage.
pub(crate) fn numbers<'a, T: Real>(values: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    elements(T::cpu_storage_as_slice(values)?, layout)
}
