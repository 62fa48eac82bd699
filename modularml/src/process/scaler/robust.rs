//! Scaling by median and quantiles, which outliers hardly move.

use super::affine::{Affine, one_for_zero};
use super::ranks::{Method, quantiles};
use super::shared::Statistics;
use super::{Scaler, TrainingRows, normal};
use crate::text::Shape;
use crate::{Error, Result};

/// Brings each position to median 0 and to a distance of 1 between two of its quantiles.
///
/// `(x - median) / (upper - lower)`, with quantiles in percent, interpolated linearly. NaN is ignored in learning and
/// kept in transforming; where both quantiles are equal, values are only centred. As scikit-learn's `RobustScaler`.
/// Learning holds all values of a statistic in memory.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Robust {
    /// The lower quantile, in percent.
    #[setting(default = 25.0, at_least = 0, at_most = 100)]
    lower: f64,
    /// The upper quantile, in percent.
    #[setting(default = 75.0, at_least = 0, at_most = 100)]
    upper: f64,
    /// Leaves the median where it is.
    #[setting(default = false)]
    without_centering: bool,
    /// Leaves the distance of the quantiles as it is.
    #[setting(default = false)]
    without_scaling: bool,
    /// Divides further, so that normally distributed values get variance 1.
    #[setting(default = false)]
    unit_variance: bool,
    /// Axes over which one median and distance are shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for Robust {
    type Fitted = Affine;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<Affine> {
        let Self { lower, upper, .. } = *self;
        // At 0 or 100 percent a normal distribution has no finite quantile to compare with.
        if lower >= upper || (self.unit_variance && (lower <= 0.0 || upper >= 100.0)) {
            let bounds = if self.unit_variance { "; with unit_variance both lie between 0 and 100" } else { "" };
            return Err(Error::Data(format!("lower({lower}) must be below upper({upper}){bounds}")));
        }
        let (low, high) = (lower / 100.0, upper / 100.0);
        let normal = if self.unit_variance { normal::quantile(high) - normal::quantile(low) } else { 1.0 };
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let (mut shift, mut scale) = (Vec::new(), Vec::new());
        rows.for_each_statistic(&statistics, |_, values| {
            if let [low, median, high] = quantiles(values, &[low, 0.5, high], Method::Linear)[..] {
                shift.push(if self.without_centering { 0.0 } else { median });
                scale.push(if self.without_scaling { 1.0 } else { one_for_zero(high - low) / normal });
            }
            Ok(())
        })?;
        Ok(Affine::new(&statistics, shift, scale))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<Affine> {
        Affine::restore(&Statistics::new(shape, self.over)?, state)
    }
}
