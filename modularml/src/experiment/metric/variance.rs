//! Shares of the target's variance that a prediction explains.

use super::columns::{self, Statistic};
use super::{Measure, Measurement};
use crate::Result;

/// Coefficient of determination: 1 - sum((prediction - target)²) / sum((target - mean(target))²) over all rows; with
/// several numbers a row, the mean over them, as scikit-learn's `r2_score`. Where the target never changes it is 1 for
/// a perfect prediction and 0 otherwise; with fewer than two rows it is not defined.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(higher_is_better = true, elementwise = true, weighs_rows = true)]
pub struct R2;

impl Measure for R2 {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Explained::default())
    }
}

/// [`R2`] where each of several numbers a row counts in proportion to the variance of its target, as scikit-learn's
/// `r2_score` with `multioutput="variance_weighted"`.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(higher_is_better = true, elementwise = true, weighs_rows = true)]
pub struct VarianceWeightedR2;

impl Measure for VarianceWeightedR2 {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(ByVariance(Explained::default()))
    }
}

/// Explained variance: 1 - Var(target - prediction) / Var(target) over all rows. Unlike [`R2`], it does not see a
/// constant offset; with several numbers a row, the mean over them.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(higher_is_better = true, elementwise = true, weighs_rows = true)]
pub struct ExplainedVariance;

impl Measure for ExplainedVariance {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Explained { ignores_offset: true, ..Explained::default() })
    }
}

/// A running mean and the weighted sum of squared distances from it, after West (1979), which does not cancel where
/// the mean is large.
#[derive(Clone, Default)]
struct Spread {
    weight: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, number: f64, weight: f64) {
        if weight > 0.0 {
            self.weight += weight;
            let before = number - self.mean;
            self.mean += before * weight / self.weight;
            self.squares += weight * before * (number - self.mean);
        }
    }
}

#[derive(Clone, Default)]
struct Explained {
    ignores_offset: bool,
    rows: usize,
    squares: f64,
    errors: Spread,
    targets: Spread,
}

impl Statistic for Explained {
    const NEEDS: usize = 2;

    fn add(&mut self, prediction: f64, target: f64, weight: f64) -> Result<()> {
        let error = target - prediction;
        self.rows += 1;
        self.squares += weight * error * error;
        self.errors.add(error, weight);
        self.targets.add(target, weight);
        Ok(())
    }

    fn value(&self) -> f64 {
        let unexplained = if self.ignores_offset { self.errors.squares } else { self.squares };
        if self.rows < 2 && !self.ignores_offset {
            f64::NAN
        } else if self.targets.squares == 0.0 {
            if unexplained == 0.0 { 1.0 } else { 0.0 }
        } else {
            1.0 - unexplained / self.targets.squares
        }
    }
}

#[derive(Clone)]
struct ByVariance(Explained);

impl Statistic for ByVariance {
    const NEEDS: usize = 2;

    fn add(&mut self, prediction: f64, target: f64, weight: f64) -> Result<()> {
        self.0.add(prediction, target, weight)
    }

    fn value(&self) -> f64 {
        self.0.value()
    }

    fn over(columns: &[Self]) -> f64 {
        let total: f64 = columns.iter().map(|column| column.0.targets.squares).sum();
        if total == 0.0 {
            return columns.iter().map(Self::value).sum::<f64>() / super::batch::count(columns.len());
        }
        columns.iter().map(|column| column.0.targets.squares / total * column.value()).sum()
    }
}
