//! Means of errors.

use super::columns::{self, Statistic};
use super::{Measure, Measurement};
use crate::{Error, Result};

/// Root mean squared error, in the unit of the target: sqrt(mean((prediction - target)²)) over all rows; with several
/// numbers a row, the mean of the errors of each, as scikit-learn's `root_mean_squared_error`.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct Rmse;

impl Measure for Rmse {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Mean { root: true, ..Mean::of(Error2) })
    }
}

/// Mean absolute percentage error, as a share and not in percent: mean(|prediction - target| / |target|), with 2.2e-16
/// in place of a smaller |target|, as scikit-learn's `mean_absolute_percentage_error`.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(elementwise = true, weighs_rows = true)]
pub struct Mape;

impl Measure for Mape {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Mean::of(Relative))
    }
}

/// Mean squared logarithmic error: mean((log(1 + prediction) - log(1 + target))²), of numbers above -1.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct Msle;

impl Measure for Msle {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Mean::of(Logarithmic2))
    }
}

/// Pinball loss of a predicted quantile, in the unit of the target: with d = target - prediction, the mean of
/// `alpha` * d where d is positive, else (`alpha` - 1) * d (Koenker and Bassett, 1978).
///
/// ```
/// use modularml::experiment::metric::Pinball;
///
/// let metric = Pinball::alpha(0.9);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct Pinball {
    /// The quantile that is predicted; 0.5 is the median.
    #[setting(first, at_least = 0.0, at_most = 1.0)]
    alpha: f64,
}

impl Measure for Pinball {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Mean::of(*self))
    }
}

/// How far one number is from its target.
pub(super) trait Distance: Clone + Send + 'static {
    fn of(&self, prediction: f64, target: f64) -> Result<f64>;
}

/// The squared error.
#[derive(Clone)]
struct Error2;

impl Distance for Error2 {
    fn of(&self, prediction: f64, target: f64) -> Result<f64> {
        Ok((prediction - target) * (prediction - target))
    }
}

#[derive(Clone)]
struct Relative;

impl Distance for Relative {
    fn of(&self, prediction: f64, target: f64) -> Result<f64> {
        Ok((prediction - target).abs() / target.abs().max(f64::EPSILON))
    }
}

/// The squared difference of logarithms.
#[derive(Clone)]
struct Logarithmic2;

impl Distance for Logarithmic2 {
    fn of(&self, prediction: f64, target: f64) -> Result<f64> {
        for (what, number) in [("prediction", prediction), ("target", target)] {
            if number <= -1.0 {
                let message = format!("Msle takes numbers above -1, found a {what} of {number}; use Rmse");
                return Err(Error::Component(message));
            }
        }
        Error2.of(prediction.ln_1p(), target.ln_1p())
    }
}

impl Distance for Pinball {
    fn of(&self, prediction: f64, target: f64) -> Result<f64> {
        let above = target - prediction;
        Ok(if above > 0.0 { self.alpha * above } else { (self.alpha - 1.0) * above })
    }
}

/// The weighted mean of a distance, or its root.
#[derive(Clone)]
pub(super) struct Mean<D> {
    distance: D,
    root: bool,
    sum: f64,
    weight: f64,
}

impl<D> Mean<D> {
    pub(super) fn of(distance: D) -> Self {
        Self { distance, root: false, sum: 0.0, weight: 0.0 }
    }
}

impl<D: Distance> Statistic for Mean<D> {
    fn add(&mut self, prediction: f64, target: f64, weight: f64) -> Result<()> {
        self.sum += weight * self.distance.of(prediction, target)?;
        self.weight += weight;
        Ok(())
    }

    fn value(&self) -> f64 {
        let mean = self.sum / self.weight;
        if self.root { mean.sqrt() } else { mean }
    }
}
