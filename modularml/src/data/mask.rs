//! Masks and lengths of sequence columns.

use super::{Array, Numbers, View};
use crate::{Error, Result};

impl View {
    /// Where a column of sequences has values, as bytes `[rows, length]`: 1 for a value and 0 for padding.
    ///
    /// # Errors
    /// When there is no such column, or its rows all have the same shape.
    pub fn mask_array(&self, key: &str) -> Result<Array> {
        let (spec, column) = self.described(key)?;
        let sequences = column.raw.stored().filter(|parts| parts.first().lengths.is_some() && spec.sequence.is_some());
        let Some(sequences) = sequences else {
            return Err(Error::Data(format!(
                "column `{key}` is no sequence: every row has all of {}, and there is nothing to mask",
                spec.shape
            )));
        };
        let most = spec.shape.axis(0);
        let length = |row: u32| sequences.length(row).unwrap_or(0) as usize;
        let row = |&row: &u32| (0..most).map(move |position| u8::from(position < length(row)));
        let mask: Vec<u8> = self.rows().iter().flat_map(row).collect();
        Ok(Array { dims: vec![self.len(), most], numbers: Numbers::U8(mask) })
    }

    /// Which part of the positions is padding where the rows are padded to the longest of them, as in a batch: from 0, where
    /// all are of one length, to less than 1. It is 0 of no values.
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// #[derive(SampleSchema)]
    /// struct Discharge {
    ///     #[feat(length = 9)]
    ///     current: Vec<f32>,
    /// }
    ///
    /// let rows = [1, 8, 2, 7].map(|length| Discharge { current: vec![0.5; length] });
    /// let rows = FeatureSet::from_rows(rows)?.view();
    /// let padding = |sampler: Batches| -> Result<Vec<f64>> {
    ///     let batches = sampler.spec().loader(&rows, 0).take(2);
    ///     batches.map(|batch| batch?.rows(&rows, 0)?.padding_share("current")).collect()
    /// };
    /// assert_eq!(padding(Batches::of(2))?, [7.0 / 16.0, 5.0 / 14.0]);
    /// assert_eq!(padding(Batches::of(2).by_length(Discharge::COLUMNS.current))?, [1.0 / 4.0, 1.0 / 16.0]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`lengths`](Self::lengths).
    #[allow(clippy::cast_precision_loss, reason = "a share need not be exact")]
    pub fn padding_share(&self, key: &str) -> Result<f64> {
        let lengths = self.lengths(key)?;
        let (values, most) = (lengths.iter().sum::<usize>(), lengths.iter().max().copied().unwrap_or(0));
        let positions = lengths.len() * most;
        Ok(if positions == 0 { 0.0 } else { (positions - values) as f64 / positions as f64 })
    }

    /// How many values each row of a sequence column has, padding not counted.
    ///
    /// # Errors
    /// When there is no such column, or its rows all have the same shape.
    pub fn lengths(&self, key: &str) -> Result<Vec<usize>> {
        let (spec, column) = self.described(key)?;
        let Some(sequences) = column.raw.stored().filter(|parts| parts.first().lengths.is_some()) else {
            return Err(Error::Data(format!("column `{key}` is no sequence but {}", spec.shape)));
        };
        Ok(self.rows().iter().filter_map(|&row| sequences.length(row)).map(|length| length as usize).collect())
    }
}
