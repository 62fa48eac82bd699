//! From the arrays of views to tensors.

use candle_core::{DType, Device, Tensor};

use super::mask::Mask;
use crate::data::{Array, Dtype, Numbers, Representation, View, wrong_dtype};
use crate::error::At as _;
use crate::{Error, Result};

/// An array as a tensor on the CPU, which takes over its buffer.
pub(crate) fn tensor_of(array: Array) -> candle_core::Result<Tensor> {
    let Array { dims, numbers } = array;
    match numbers {
        Numbers::F32(numbers) => Tensor::from_vec(numbers, dims, &Device::Cpu),
        Numbers::F64(numbers) => Tensor::from_vec(numbers, dims, &Device::Cpu),
        Numbers::I64(numbers) => Tensor::from_vec(numbers, dims, &Device::Cpu),
        Numbers::U32(numbers) => Tensor::from_vec(numbers, dims, &Device::Cpu),
        Numbers::U8(numbers) => Tensor::from_vec(numbers, dims, &Device::Cpu),
    }
}

/// The type of an array whose tensor has this type; none where no array has it.
pub(crate) const fn element_type(dtype: DType) -> Option<Dtype> {
    match dtype {
        DType::F32 => Some(Dtype::F32),
        DType::F64 => Some(Dtype::F64),
        DType::I64 => Some(Dtype::I64),
        DType::U32 => Some(Dtype::U32),
        DType::U8 => Some(Dtype::U8),
        _ => None,
    }
}

/// Columns as tensors.
impl View {
    /// A column as a tensor `[rows, shape..]` in one copy; classes come as `u32` and times as `i64` (days of a
    /// `Date`, nanoseconds of the others) whatever `dtype` is, bools and integers as numbers of `dtype`.
    ///
    /// # Errors
    /// When there is no such column or no row, it is text, `dtype` is not one of f32, f64, u8, u32 and i64, or a missing
    /// value would have to become an integer.
    pub fn tensor(&self, key: &str, form: Representation, dtype: DType) -> Result<Tensor> {
        self.require_rows("read a tensor of")?;
        let element = if let Some(element) = element_type(dtype) {
            element
        } else {
            // Classes come as u32 whatever is asked for.
            let spec = self.column_spec(key)?;
            (spec.dtype == Dtype::Class).then_some(Dtype::U32).ok_or_else(|| wrong_dtype(spec, dtype.as_str()))?
        };
        tensor_of(self.array(key, form, element)?).at(|| format!("column `{key}`"))
    }

    /// Where a column of sequences has values: `[rows, length]`, 1 for a value and 0 for padding.
    ///
    /// ```
    /// use candle_core::DType;
    /// use modularml::SampleSchema;
    /// use modularml::data::FeatureSet;
    ///
    /// /// One discharge, measured until it was over.
    /// #[derive(SampleSchema)]
    /// struct Discharge {
    ///     #[feat(length = 3)]
    ///     current: Vec<f32>,
    /// }
    ///
    /// let rows = [Discharge { current: vec![1.0, 2.0] }, Discharge { current: vec![3.0, 4.0, 5.0] }];
    /// let mask = FeatureSet::from_rows(rows)?.view().mask("current", DType::F32)?;
    /// assert_eq!(mask.to_vec2::<f32>()?, [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, or its rows all have the same shape.
    pub fn mask(&self, key: &str, dtype: DType) -> Result<Tensor> {
        let mask = tensor_of(self.mask_array(key)?).and_then(|mask| mask.to_dtype(dtype));
        mask.at(|| format!("mask of column `{key}`"))
    }

    /// Where a column has values; none where no row has padding.
    pub(crate) fn padding(&self, key: &str) -> Result<Option<Mask>> {
        let spec = self.column_spec(key)?;
        if spec.sequence.is_none() {
            return Ok(None);
        }
        let (most, lengths) = (spec.shape.axis(0), self.lengths(key)?);
        if lengths.iter().all(|&length| length >= most) { Ok(None) } else { Mask::of_lengths(&lengths, most).map(Some) }
    }

    /// Several columns of one shape as one tensor `[rows, columns, shape..]`, in the order in which they are named;
    /// names and patterns are those of [`select`](Self::select).
    ///
    /// # Errors
    /// When a name stands for no column, the columns differ in shape, there is no column or no row, or as
    /// [`tensor`](Self::tensor).
    pub fn stack<P: AsRef<str>>(
        &self,
        columns: impl IntoIterator<Item = P>,
        form: Representation,
        dtype: DType,
    ) -> Result<Tensor> {
        let columns = self.matching(columns)?;
        let tensors: Vec<Tensor> =
            columns.iter().map(|spec| self.tensor(spec.key, form, dtype)).collect::<Result<_>>()?;
        let Some((first, spec)) = tensors.first().zip(columns.first()) else {
            return Err(Error::Data("no column is named to be stacked; name at least one".to_owned()));
        };
        for (tensor, other) in tensors.iter().zip(&columns) {
            if tensor.dims() != first.dims() || tensor.dtype() != first.dtype() {
                let described = |tensor: &Tensor| {
                    format!("{} {:?}", tensor.dtype().as_str(), tensor.dims().get(1..).unwrap_or_default())
                };
                return Err(Error::Data(format!(
                    "columns `{}` ({}) and `{}` ({}) cannot be stacked; stack columns of one shape",
                    spec.key,
                    described(first),
                    other.key,
                    described(tensor)
                )));
            }
        }
        Tensor::stack(&tensors, 1).at(|| format!("stacking {} columns", columns.len()))
    }
}
