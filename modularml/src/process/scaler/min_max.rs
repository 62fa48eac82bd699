//! Scaling to a range.

use super::{FittedScaler, Learned, ScalerSpec, columns, learned};
use crate::settings::Settings;
use crate::{Error, Result};

/// Brings the values of each position to a range, `0..1` unless said otherwise.
///
/// `x * scale + offset` with `scale = (high - low) / (max - min)` and `offset = low - min * scale` over the rows that it
/// learns from. NaN is ignored in learning and kept in transforming. A constant becomes `low`. As scikit-learn's
/// `MinMaxScaler`.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
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
}

impl MinMax {
    /// The scaler with its type erased.
    #[must_use]
    pub const fn spec(self) -> ScalerSpec {
        ScalerSpec { name: "MinMax", settings: self.settings(), inverts: true, fit, restore }
    }
}

impl From<MinMax> for ScalerSpec {
    fn from(scaler: MinMax) -> Self {
        scaler.spec()
    }
}

/// `x * scale + offset` at each position.
#[derive(Debug)]
struct FittedMinMax {
    settings: MinMax,
    offset: Vec<f64>,
    scale: Vec<f64>,
}

fn fit(settings: &Settings, values: &[f64], width: usize) -> Result<Box<dyn FittedScaler>> {
    let settings = MinMax::from_settings(settings);
    let MinMax { low, high, .. } = settings;
    if low >= high {
        return Err(Error::Data(format!("MinMax: low({low}) must be below high({high})")));
    }
    let (mut offset, mut scale) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for column in columns("MinMax", values, width)? {
        let min = column.iter().copied().fold(f64::INFINITY, f64::min);
        let max = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A range within rounding of zero counts as none; the bound is scikit-learn's.
        let range = if max - min < 10.0 * f64::EPSILON { 1.0 } else { max - min };
        let factor = (high - low) / range;
        scale.push(factor);
        offset.push(low - min * factor);
    }
    Ok(Box::new(FittedMinMax { settings, offset, scale }))
}

fn restore(settings: &Settings, state: &[Vec<f64>]) -> Result<Box<dyn FittedScaler>> {
    let [offset, scale] = learned("MinMax", state)?;
    Ok(Box::new(FittedMinMax { settings: MinMax::from_settings(settings), offset, scale }))
}

impl FittedScaler for FittedMinMax {
    fn transform(&self, values: &mut [f64], width: usize) -> Result<()> {
        let MinMax { low, high, clip } = self.settings;
        let learned = Learned { scaler: "MinMax", first: &self.offset, second: &self.scale };
        learned.apply(values, width, |value, offset, scale| {
            let value = value * scale + offset;
            // `max` and `min` would turn NaN into a number; `clamp` panics where low is above high.
            if !clip || value.is_nan() { value } else { value.max(low).min(high) }
        })
    }

    fn inverse(&self, values: &mut [f64], width: usize) -> Result<()> {
        let learned = Learned { scaler: "MinMax", first: &self.offset, second: &self.scale };
        learned.apply(values, width, |value, offset, scale| (value - offset) / scale)
    }

    fn state(&self) -> Vec<Vec<f64>> {
        vec![self.offset.clone(), self.scale.clone()]
    }
}
