//! A value that is measured in each fold.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::{Error, Result};

/// A number that is measured in each fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OverFolds {
    /// The mean over the folds.
    pub mean: f64,
    /// The standard deviation over the folds, n - 1 of n folds in its denominator; NaN of one fold.
    pub deviation: f64,
    /// The number of each fold.
    pub by_fold: Vec<f64>,
    /// The number over the rows of all folds together, each measured by the model of its fold; none where all folds measure
    /// the same rows. It is not the mean: the RMSE over all rows is not the mean of five.
    pub pooled: Option<f64>,
    division: Division,
}

/// How the rows were divided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Division {
    /// A digest of the rows of each fold.
    pub rows: String,
    /// How many rows are tested in a fold for each that is trained on.
    pub share: f64,
    /// Whether each fold measures the rows that it leaves out, and not the same ones.
    pub is_left_out: bool,
}

/// What is no number and is measured in each fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ByFold<T> {
    /// The value of each fold.
    pub by_fold: Vec<T>,
    /// The value over the rows of all folds together; none where all folds measure the same rows.
    pub pooled: Option<T>,
}

impl OverFolds {
    /// The numbers of folds, and of all their rows together.
    pub(super) fn new(by_fold: Vec<f64>, pooled: Option<f64>, division: Division) -> Self {
        let mean = mean(&by_fold);
        Self { mean, deviation: variance(&by_fold, mean).sqrt(), by_fold, pooled, division }
    }

    /// The difference to a number that another study measured in the same folds, paired fold by fold:
    /// `mlp.minus(&ridge)?.p_value()?` tells whether it may be chance.
    ///
    /// # Errors
    /// When the other was measured in other folds, or in folds of other rows.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        let (own, theirs) = (self.by_fold.len(), other.by_fold.len());
        if own != theirs || self.division != other.division {
            return Err(Error::Data(format!(
                "{own} folds and {theirs} folds are of other rows; compare studies of the same data, seed, splits and folds"
            )));
        }
        let differences = self.by_fold.iter().zip(&other.by_fold).map(|(own, theirs)| own - theirs);
        Ok(Self::new(differences.collect(), None, self.division.clone()))
    }

    /// How probable a mean as far from 0 is by chance, of a difference that is 0: the corrected resampled t-test of Nadeau and
    /// Bengio, two-sided, with the deviation of [`interval`](Self::interval). Of one study alone it says nothing.
    ///
    /// NaN where a number of a fold is.
    ///
    /// # Errors
    /// As [`interval`](Self::interval).
    pub fn p_value(&self) -> Result<f64> {
        self.check_left_out()?;
        let count = self.by_fold.len();
        let deviation = corrected_deviation(self.deviation * self.deviation, count, self.division.share);
        if !(self.mean.is_finite() && deviation.is_finite()) {
            return Ok(f64::NAN);
        }
        // Equal in every fold: there is no difference at all.
        if deviation <= 0.0 {
            return Ok(if self.mean.abs() > 0.0 { 0.0 } else { 1.0 });
        }
        Ok(2.0 * student(count)?.sf((self.mean / deviation).abs()))
    }

    /// Bounds within which the mean of other folds lies with this confidence, such as 0.95: mean ± t s √(1/k + n₂/n₁) for k
    /// folds of n₁ rows to train on and n₂ to test on, with the deviation s, and t of Student's distribution with k - 1
    /// degrees of freedom. Folds share rows, so that their numbers vary less than those of independent samples; the second
    /// term corrects that (Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 52, 2003).
    ///
    /// # Errors
    /// When the confidence is not between 0 and 1, there is one fold alone, or all folds measure the same rows: their numbers
    /// tell how training varies, and not how rows do.
    pub fn interval(&self, confidence: f64) -> Result<(f64, f64)> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Data(format!("a confidence lies between 0 and 1, as 0.95 does; {confidence} does not")));
        }
        self.check_left_out()?;
        let count = self.by_fold.len();
        let wide = corrected_deviation(self.deviation * self.deviation, count, self.division.share);
        let wide = wide * student(count)?.inverse_cdf(f64::midpoint(1.0, confidence));
        Ok((self.mean - wide, self.mean + wide))
    }

    fn check_left_out(&self) -> Result<()> {
        if self.division.is_left_out {
            return Ok(());
        }
        let problem = "all folds measure the same rows here, so that their numbers tell how training varies and not how rows \
                       do; take those of a phase that measures the rows which each fold leaves out";
        Err(Error::Data(problem.to_owned()))
    }
}

impl std::fmt::Display for OverFolds {
    /// The mean and the deviation, with the digits asked for: `{:.3}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = f.precision().unwrap_or(4);
        write!(f, "{:.digits$} (deviation {:.digits$})", self.mean, self.deviation)
    }
}

/// The deviation of a mean over folds that share rows.
#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn corrected_deviation(variance: f64, folds: usize, share: f64) -> f64 {
    (variance * (1.0 / folds as f64 + share)).sqrt()
}

#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn student(folds: usize) -> Result<StudentsT> {
    let freedom = folds.saturating_sub(1) as f64;
    StudentsT::new(0.0, 1.0, freedom).map_err(|_| Error::Data("one fold has no deviation; make several".to_owned()))
}

#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn variance(numbers: &[f64], mean: f64) -> f64 {
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    squares / (numbers.len() as f64 - 1.0)
}
