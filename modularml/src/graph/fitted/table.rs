//! What fitted models read: one table of numbers.

use candle_core::{DType, Tensor};

use crate::graph::kernel::device::f64s;
use crate::{Error, Result};

/// The inputs of a model side by side, one row after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::graph) struct Table {
    numbers: Vec<f64>,
    width: usize,
    /// By column, whether it holds the codes of classes.
    categories: Vec<bool>,
}

impl Table {
    /// The inputs of a batch, each flattened; classes are those in `u32`.
    ///
    /// # Errors
    /// When the inputs have no number a row, or differ in their rows.
    pub(super) fn of(inputs: &[Tensor]) -> Result<Self> {
        let rows = inputs.first().map_or(Ok(0), |input| input.dim(0))?;
        let mut columns = Vec::with_capacity(inputs.len());
        for input in inputs {
            let width: usize = input.dims().iter().skip(1).product();
            if input.dim(0)? != rows {
                return Err(Error::Component(format!("its inputs have {rows} and {} rows", input.dim(0)?)));
            }
            columns.push((f64s(input)?, width, input.dtype() == DType::U32));
        }
        let width = columns.iter().map(|(_, width, _)| width).sum();
        let categories = columns.iter().flat_map(|&(_, width, is_class)| vec![is_class; width]).collect();
        let numbers = match <[_; 1]>::try_from(columns) {
            Ok([(numbers, ..)]) => numbers,
            Err(columns) => {
                let mut numbers = Vec::with_capacity(rows * width);
                for row in 0..rows {
                    for (column, width, _) in &columns {
                        numbers.extend(column.iter().skip(row * width).take(*width));
                    }
                }
                numbers
            }
        };
        Ok(Self { numbers, width, categories })
    }

    /// The table of one column.
    pub(super) fn column(&self, at: usize) -> Self {
        let numbers = self.numbers.iter().skip(at).step_by(self.width.max(1)).copied().collect();
        Self { numbers, width: 1, categories: self.categories.iter().skip(at).take(1).copied().collect() }
    }

    /// How many rows there are.
    pub(in crate::graph) fn len(&self) -> usize {
        self.numbers.len() / self.width.max(1)
    }

    /// How many numbers a row has.
    pub(in crate::graph) fn width(&self) -> usize {
        self.width
    }

    /// By column, whether it holds the codes of classes.
    pub(in crate::graph) fn categories(&self) -> &[bool] {
        &self.categories
    }

    /// All numbers, one row after the other.
    pub(in crate::graph) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// All numbers, one row after the other, without a copy.
    pub(in crate::graph) fn into_numbers(self) -> Vec<f64> {
        self.numbers
    }

    /// The rows.
    pub(in crate::graph) fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.numbers.chunks_exact(self.width.max(1))
    }

    /// The table without the rows at which `keep` is false.
    pub(super) fn filtered(&self, keep: &[bool]) -> Self {
        let kept = self.rows().zip(keep).filter(|(_, keep)| **keep);
        Self { numbers: kept.flat_map(|(row, _)| row).copied().collect(), ..self.clone_shape() }
    }

    fn clone_shape(&self) -> Self {
        Self { numbers: Vec::new(), width: self.width, categories: self.categories.clone() }
    }

    /// Refuses numbers that a model cannot take: infinite ones, and missing ones unless it reads them. Rows that weigh nothing
    /// are not looked at.
    ///
    /// # Errors
    /// When there is such a number; the text names the first row with one.
    pub(super) fn check(&self, model: &str, reads_missing: bool, weights: Option<&[f64]>) -> Result<()> {
        let is_wrong = |number: &&f64| !(number.is_finite() || reads_missing && number.is_nan());
        let wrong = |(at, row): (usize, &[f64])| row.iter().find(is_wrong).map(|number| (at, *number));
        let Some((row, number)) = self.rows().enumerate().filter(|(row, _)| counts(weights, *row)).find_map(wrong)
        else {
            return Ok(());
        };
        let advice = if number.is_nan() {
            "; put FillMissing before it, scale the column by Imputer, or leave such rows out by .complete()"
        } else {
            ""
        };
        Err(Error::Component(format!("{model} needs finite numbers, found {number} in row {row}{advice}")))
    }
}

/// Whether a row weighs anything.
pub(super) fn counts(weights: Option<&[f64]>, row: usize) -> bool {
    weights.and_then(|weights| weights.get(row)).is_none_or(|weight| *weight > 0.0)
}
