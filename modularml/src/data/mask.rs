//! Masks and lengths of sequence columns.

use candle_core::{DType, Device, Tensor};

use super::View;
use crate::error::At as _;
use crate::{Error, Result};

impl View {
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
        let (spec, column) = self.table().column(key)?;
        let Some(lengths) = column.raw.lengths.as_ref().filter(|_| spec.sequence.is_some()) else {
            return Err(Error::Data(format!(
                "column `{key}` is no sequence: every row has all of {}, and there is nothing to mask",
                spec.shape
            )));
        };
        let most = spec.shape.axis(0);
        let length = |row: u32| lengths.get(row as usize).copied().unwrap_or(0) as usize;
        let row = |&row: &u32| (0..most).map(move |position| u8::from(position < length(row)));
        let mask: Vec<u8> = self.rows().iter().flat_map(row).collect();
        let mask = Tensor::from_vec(mask, (self.len(), most), &Device::Cpu);
        mask.and_then(|mask| mask.to_dtype(dtype)).at(|| format!("mask of column `{key}`"))
    }

    /// How many values each row of a sequence column has, padding not counted.
    ///
    /// # Errors
    /// When there is no such column, or its rows all have the same shape.
    pub fn lengths(&self, key: &str) -> Result<Vec<usize>> {
        let (spec, column) = self.table().column(key)?;
        let lengths = column.raw.lengths.as_ref();
        let lengths =
            lengths.ok_or_else(|| Error::Data(format!("column `{key}` is no sequence but {}", spec.shape)))?;
        Ok(self.rows().iter().filter_map(|&row| lengths.get(row as usize)).map(|&length| length as usize).collect())
    }
}
