//! Scaling to a range.

use super::affine::{one_for_zero, refuse_zero};
use super::shared::Statistics;
use super::statistics::{apply, extremes, learned};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::text::Shape;
use crate::{Error, Result};

/// Brings the values of each position to a range, `0..1` unless said otherwise.
///
/// `x * scale + offset` with `scale = (high - low) / (max - min)` and `offset = low - min * scale` over the rows that it
/// learns from. NaN is ignored in learning and kept in transforming. A constant becomes `low`. As scikit-learn's
/// `MinMaxScaler`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct MinMax {
    /// What the smallest value becomes.
    #[setting(default = 0.0)]
    low: f64,
    /// What the largest value becomes.
    #[setting(default = 1.0)]
    high: f64,
    /// Moves values outside the range to its nearer end; these cannot be brought back.
    #[setting(default = false)]
    clip: bool,
    /// Axes over which one range is shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

/// Rule: the range is not empty.
pub(super) fn check_range(low: f64, high: f64) -> Result<()> {
    if low < high { Ok(()) } else { Err(Error::Data(format!("low({low}) must be below high({high})"))) }
}

impl Scaler for MinMax {
    type Fitted = FittedMinMax;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedMinMax> {
        check_range(self.low, self.high)?;
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let factor = |(min, max): &(f64, f64)| (self.high - self.low) / one_for_zero(max - min);
        let (offset, scale) =
            extremes(rows, &statistics)?.iter().map(|ends| (self.low - ends.0 * factor(ends), factor(ends))).unzip();
        Ok(FittedMinMax::new(self, &statistics, offset, scale))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedMinMax> {
        let statistics = Statistics::new(shape, self.over)?;
        let [offset, scale] = learned(state, &statistics)?;
        refuse_zero(&scale, state)?;
        Ok(FittedMinMax::new(self, &statistics, offset, scale))
    }
}

/// `x * scale + offset` at each position.
#[derive(Clone, Debug)]
pub struct FittedMinMax {
    /// By statistic, for saving.
    state: [Vec<f64>; 2],
    /// By position.
    offset: Vec<f64>,
    scale: Vec<f64>,
    clip: Option<(f64, f64)>,
}

impl FittedMinMax {
    fn new(settings: &MinMax, statistics: &Statistics, offset: Vec<f64>, scale: Vec<f64>) -> Self {
        let (of_offset, of_scale) = (statistics.spread(&offset), statistics.spread(&scale));
        let clip = settings.clip.then_some((settings.low, settings.high));
        Self { state: [offset, scale], offset: of_offset, scale: of_scale, clip }
    }
}

impl FittedScaler for FittedMinMax {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        apply(values, &self.offset, &self.scale, |value, offset, scale| value * scale + offset);
        if let Some((low, high)) = self.clip {
            for value in values.iter_mut().filter(|value| !value.is_nan()) {
                *value = value.max(low).min(high);
            }
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        apply(values, &self.offset, &self.scale, |value, offset, scale| (value - offset) / scale);
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }
}
