//! Named tensors as safetensors.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::io::Write;

use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use safetensors::tensor::{Dtype, Metadata, TensorInfo, View};

use crate::error::Problem;

/// Tensors by name.
pub(crate) type Named = BTreeMap<String, Tensor>;

/// A header is padded to a multiple of so many bytes, as that of the `safetensors` crate.
const ALIGNED: usize = 8;

/// Writes named tensors; equal tensors give equal bytes. What the `safetensors` crate writes, without a copy of it in memory.
pub(crate) fn write(tensors: &Named, sink: &mut dyn Write) -> Result<(), Problem> {
    let text = |error: &dyn Display| Problem::from(error.to_string());
    let mut infos: Vec<(&str, &Tensor, Dtype)> =
        tensors.iter().map(|(name, tensor)| (name.as_str(), tensor, tensor.dtype().into())).collect();
    infos.sort_by(|left, right| right.2.cmp(&left.2).then(left.0.cmp(right.0)));
    let mut end = 0;
    let listed = infos.iter().map(|&(name, tensor, dtype)| {
        let start = end;
        end += bytes(tensor);
        (name.to_owned(), TensorInfo { dtype, shape: tensor.dims().to_vec(), data_offsets: (start, end) })
    });
    let header = Metadata::new(None, listed.collect()).map_err(|error| text(&error))?;
    let mut header = serde_json::to_vec(&header).map_err(|error| text(&error))?;
    header.resize(header.len().next_multiple_of(ALIGNED), b' ');
    sink.write_all(&(header.len() as u64).to_le_bytes())?;
    sink.write_all(&header)?;
    infos.into_iter().try_for_each(|(_, tensor, _)| write_numbers(tensor, sink))
}

/// How many bytes the numbers of a tensor take.
pub(super) fn bytes(tensor: &Tensor) -> usize {
    tensor.elem_count() * tensor.dtype().size_in_bytes()
}

fn write_numbers(tensor: &Tensor, sink: &mut dyn Write) -> Result<(), Problem> {
    let text = |error: candle_core::Error| Problem::from(error.to_string());
    let tensor = tensor.to_device(&Device::Cpu).and_then(|tensor| tensor.contiguous()).map_err(text)?;
    let (storage, layout) = tensor.storage_and_layout();
    let range = layout.start_offset()..layout.start_offset() + tensor.elem_count();
    let bytes: Option<&[u8]> = match &*storage {
        Storage::Cpu(CpuStorage::F32(numbers)) => numbers.get(range).map(bytemuck::cast_slice),
        Storage::Cpu(CpuStorage::F64(numbers)) => numbers.get(range).map(bytemuck::cast_slice),
        Storage::Cpu(CpuStorage::U32(numbers)) => numbers.get(range).map(bytemuck::cast_slice),
        _ => None,
    };
    match bytes.filter(|_| cfg!(target_endian = "little")) {
        Some(bytes) => Ok(sink.write_all(bytes)?),
        None => Ok(sink.write_all(&View::data(&tensor))?),
    }
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
