//! Named tensors as safetensors.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor};

use crate::error::Problem;

/// Tensors by name.
pub(crate) type Named = BTreeMap<String, Tensor>;

/// The bytes of named tensors; equal tensors give equal bytes.
pub(crate) fn to_bytes(tensors: &Named) -> Result<Vec<u8>, Problem> {
    Ok(safetensors::serialize(tensors, None).map_err(|error| error.to_string())?)
}

/// The tensors in bytes that may be damaged.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Named, Problem> {
    let tensors: HashMap<String, Tensor> =
        candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|error| error.to_string())?;
    Ok(tensors.into_iter().collect())
}

/// Puts numbers among the tensors.
pub(super) fn put_numbers(tensors: &mut Named, name: String, numbers: &[f64]) -> candle_core::Result<()> {
    tensors.insert(name, Tensor::from_slice(numbers, numbers.len(), &Device::Cpu)?);
    Ok(())
}

/// Puts row numbers among the tensors.
pub(super) fn put_rows(tensors: &mut Named, name: String, rows: &[u32]) -> candle_core::Result<()> {
    tensors.insert(name, Tensor::from_slice(rows, rows.len(), &Device::Cpu)?);
    Ok(())
}

/// The numbers under a name.
pub(super) fn numbers(tensors: &Named, name: &str) -> Result<Vec<f64>, Problem> {
    let tensor = of_type(tensors, name, DType::F64)?;
    Ok(tensor.to_vec1().map_err(|error| format!("`{name}`: {error}"))?)
}

/// The row numbers under a name.
pub(super) fn rows(tensors: &Named, name: &str) -> Result<Vec<u32>, Problem> {
    let tensor = of_type(tensors, name, DType::U32)?;
    Ok(tensor.to_vec1().map_err(|error| format!("`{name}`: {error}"))?)
}

fn of_type<'a>(tensors: &'a Named, name: &str, dtype: DType) -> Result<&'a Tensor, Problem> {
    match tensors.get(name) {
        Some(tensor) if tensor.dtype() == dtype => Ok(tensor),
        Some(tensor) => Err(format!("`{name}` is {:?}, {dtype:?} was expected", tensor.dtype()).into()),
        None => Err(format!("`{name}` is missing").into()),
    }
}
