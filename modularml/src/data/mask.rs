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
