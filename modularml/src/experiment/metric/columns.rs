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
struct Columns<S> {
    start: S,
    columns: Vec<S>,
}

impl<S: Statistic> Accumulate for Columns<S> {
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
        }
        if self.columns.len() != batch.width() {
            let (before, now) = (self.columns.len(), batch.width());
            return Err(Error::Component(format!("earlier rows had {before} numbers, these have {now}")));
        }
        for (prediction, target, weight) in rows {
            for (statistic, (&prediction, &target)) in self.columns.iter_mut().zip(prediction.iter().zip(target)) {
                statistic.add(prediction, target, weight)?;
            }
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.columns.is_empty() { f64::NAN } else { S::over(&self.columns) }
    }
}

/// Starts to measure a statistic.
pub(super) fn measure(start: impl Statistic) -> Box<dyn Measurement> {
    Box::new(Running(Columns { start, columns: Vec::new() }))
}
