//! Metrics that compare numbers with numbers, for each number of a row on its own.

use super::Measurement;
use super::batch::{Accumulate, Batch, Running, count};
use crate::{Error, Result};

/// A statistic of predicted and true numbers.
pub(super) trait Statistic: Clone + Send + 'static {
    /// Takes in one number of one row.
    fn add(&mut self, prediction: f64, target: f64, weight: f64) -> Result<()>;

    /// The value over the rows so far.
    fn value(&self) -> f64;

    /// The value over several numbers a row: the mean over them, as scikit-learn's `multioutput="uniform_average"`.
    fn over(columns: &[Self]) -> f64 {
        columns.iter().map(Self::value).sum::<f64>() / count(columns.len())
    }

    /// Whether rows may have weights.
    fn takes_weights(&self) -> bool {
        true
    }
}

/// A statistic for each number of a row.
struct PerColumn<S> {
    start: S,
    columns: Vec<S>,
    /// Of each number of a row, whether any row has had it.
    had: Vec<bool>,
}

impl<S: Statistic> Accumulate for PerColumn<S> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        let rows = batch.compared()?;
        if !self.start.takes_weights() {
            batch.refuse_weights()?;
        }
        if batch.rows == 0 {
            return Ok(());
        }
        if self.columns.is_empty() {
            self.columns = vec![self.start.clone(); batch.width()];
            self.had = vec![false; batch.width()];
        }
        if self.columns.len() != batch.width() {
            let (before, now) = (self.columns.len(), batch.width());
            return Err(Error::Component(format!("earlier rows had {before} numbers, these have {now}")));
        }
        for (row, (prediction, target, weight)) in rows.enumerate() {
            let numbers = prediction.iter().zip(target).zip(self.columns.iter_mut().zip(&mut self.had));
            for (column, ((&prediction, &target), (statistic, had))) in numbers.enumerate() {
                if batch.is_value(row, column) {
                    *had = true;
                    statistic.add(prediction, target, weight)?;
                }
            }
        }
        Ok(())
    }

    /// A number that no row has, behind the longest sequence, has no part in it.
    fn value(&self) -> f64 {
        if self.had.iter().all(|had| *had) && !self.columns.is_empty() {
            return S::over(&self.columns);
        }
        let had = self.columns.iter().zip(&self.had).filter(|(_, had)| **had).map(|(column, _)| column.clone());
        let had: Vec<S> = had.collect();
        if had.is_empty() { f64::NAN } else { S::over(&had) }
    }
}

/// Starts to measure a statistic.
pub(super) fn measure(start: impl Statistic) -> Box<dyn Measurement> {
    Box::new(Running(PerColumn { start, columns: Vec::new(), had: Vec::new() }))
}
