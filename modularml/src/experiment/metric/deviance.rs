//! Deviances of counts and of amounts.

use super::columns;
use super::errors::{Distance, Mean};
use super::{Measure, Measurement};
use crate::{Error, Result};

/// Mean deviance of predicted rates of counts, as scikit-learn's `mean_poisson_deviance`: the mean of
/// 2 (y log(y / x) - y + x), y log y being 0 for a count y of 0. Predictions x are above 0, targets at least 0.
///
/// ```
/// use modularml::experiment::metric::PoissonDeviance;
///
/// let of_rates = PoissonDeviance::new();
/// let of_what_poisson_nll_predicts = PoissonDeviance::new().of_logarithms();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct PoissonDeviance {
    /// Predictions are the logarithms of rates, as of [`PoissonNll`](crate::experiment::loss::PoissonNll).
    #[setting(default = false)]
    of_logarithms: bool,
}

impl Measure for PoissonDeviance {
    fn start(&self) -> Box<dyn Measurement> {
        let deviance = Deviance { name: "PoissonDeviance", power: 1.0, of_logarithms: self.of_logarithms };
        columns::measure(Mean::of(deviance))
    }
}

/// Mean deviance of predicted means of amounts above 0, as scikit-learn's `mean_gamma_deviance`: the mean of
/// 2 (log(x / y) + y / x - 1).
///
/// ```
/// use modularml::experiment::metric::GammaDeviance;
///
/// let metric = GammaDeviance::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct GammaDeviance {
    /// Predictions are the logarithms of means.
    #[setting(default = false)]
    of_logarithms: bool,
}

impl Measure for GammaDeviance {
    fn start(&self) -> Box<dyn Measurement> {
        let deviance = Deviance { name: "GammaDeviance", power: 2.0, of_logarithms: self.of_logarithms };
        columns::measure(Mean::of(deviance))
    }
}

/// Mean Tweedie deviance (Jørgensen, 1987), as scikit-learn's `mean_tweedie_deviance`, of variances that grow with the power
/// p of the mean: the mean of 2 (max(y, 0)^(2 - p) / ((1 - p) (2 - p)) - y x^(1 - p) / (1 - p) + x^(2 - p) / (2 - p)).
///
/// With 0 it is the squared error, with 1 [`PoissonDeviance`], with 2 [`GammaDeviance`]; between 1 and 2 it is that of
/// amounts many of which are 0, as claims and rain. There is none between 0 and 1.
///
/// ```
/// use modularml::experiment::metric::TweedieDeviance;
///
/// let metric = TweedieDeviance::power(1.5);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct TweedieDeviance {
    /// The power of the mean by which variances grow.
    #[setting(first, above = -1e9, below = 1e9)]
    power: f64,
    /// Predictions are the logarithms of means.
    #[setting(default = false)]
    of_logarithms: bool,
}

impl Measure for TweedieDeviance {
    fn start(&self) -> Box<dyn Measurement> {
        let deviance = Deviance { name: "TweedieDeviance", power: self.power, of_logarithms: self.of_logarithms };
        columns::measure(Mean::of(deviance))
    }
}

/// The deviance of one number.
#[derive(Clone)]
struct Deviance {
    name: &'static str,
    power: f64,
    of_logarithms: bool,
}

/// Whether two powers are one, of which each has a formula of its own.
fn is(power: f64, other: f64) -> bool {
    (power - other).abs() == 0.0
}

impl Deviance {
    /// Refuses what the deviance is not defined for; NaN is no reason to end a run.
    fn check(&self, prediction: f64, target: f64) -> Result<()> {
        let power = self.power;
        let refuse = |what: &str, range: &str, found: f64, advice: &str| {
            let message = format!("{} takes {what} {range}, found {found}; {advice}", self.name);
            Err(Error::Component(message))
        };
        if !is(power, 0.0) && prediction <= 0.0 {
            let advice = "end the node in Softplus, or say .of_logarithms() where it gives logarithms";
            return refuse("predictions", "above 0", prediction, advice);
        }
        if (1.0..2.0).contains(&power) && target < 0.0 {
            return refuse("targets", "from 0 on", target, "measure Rmse");
        }
        if power >= 2.0 && target <= 0.0 {
            return refuse("targets", "above 0", target, "measure PoissonDeviance, or TweedieDeviance::power(1.5)");
        }
        Ok(())
    }
}

impl Distance for Deviance {
    fn of(&self, prediction: f64, target: f64) -> Result<f64> {
        let (x, y, p) = (if self.of_logarithms { prediction.exp() } else { prediction }, target, self.power);
        self.check(x, y)?;
        Ok(if is(p, 0.0) {
            (x - y) * (x - y)
        } else if is(p, 1.0) {
            let logarithm = if y > 0.0 { y * (y / x).ln() } else { 0.0 };
            2.0 * (logarithm - y + x)
        } else if is(p, 2.0) {
            2.0 * ((x / y).ln() + y / x - 1.0)
        } else {
            let of_target = y.max(0.0).powf(2.0 - p) / ((1.0 - p) * (2.0 - p));
            2.0 * (of_target - y * x.powf(1.0 - p) / (1.0 - p) + x.powf(2.0 - p) / (2.0 - p))
        })
    }
}
