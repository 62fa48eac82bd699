//! Metrics that compare numbers with numbers, for each number of a row on its own.

use super::Measurement;
use super::batch::{Batch, count};
use super::running::{Accumulate, Running};
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

    /// How many values it needs to be defined.
    const NEEDS: usize = 1;

    /// Whether rows may have weights.
    fn takes_weights(&self) -> bool {
        true
    }
}

/// A statistic for each number of a row.
struct PerColumn<S> {
    start: S,
    columns: Vec<S>,
    /// Of each number of a row, how many rows that weigh something have had it.
    had: Vec<usize>,
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
            self.had = vec![0; batch.width()];
        }
        if self.columns.len() != batch.width() {
            let (before, now) = (self.columns.len(), batch.width());
            return Err(Error::Component(format!("earlier rows had {before} numbers, these have {now}")));
        }
        for (row, (prediction, target, weight)) in rows.enumerate() {
            let numbers = prediction.iter().zip(target).zip(self.columns.iter_mut().zip(&mut self.had));
            for (column, ((&prediction, &target), (statistic, had))) in numbers.enumerate() {
                if batch.is_value(row, column) {
                    *had += usize::from(weight > 0.0);
                    statistic.add(prediction, target, weight)?;
                }
            }
        }
        Ok(())
    }

    /// A number that no row has, or too few have where others have more, at the ends of the longest sequences, has no part
    /// in it.
    fn value(&self) -> f64 {
        let most = self.had.iter().copied().max().unwrap_or(0);
        let counts = |had: usize| had > 0 && (had == most || had >= S::NEEDS);
        let counted = self.columns.iter().zip(&self.had).filter(|(_, had)| counts(**had));
        let counted: Vec<S> = counted.map(|(column, _)| column.clone()).collect();
        if counted.is_empty() { f64::NAN } else { S::over(&counted) }
    }
}

/// Starts to measure a statistic.
pub(super) fn measure(start: impl Statistic) -> Box<dyn Measurement> {
    Box::new(Running(PerColumn { start, columns: Vec::new(), had: Vec::new() }))
}
