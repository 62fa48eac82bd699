//! Standardisation.

use super::{FittedScaler, Learned, ScalerSpec, columns, learned};
use crate::Result;
use crate::settings::Settings;

/// Brings each position to mean 0 and variance 1 over the rows that it learns from.
///
/// `(x - mean) / sqrt(variance)`, the variance divided by the number of values. NaN is ignored in learning and kept in
/// transforming. Where the values are constant up to rounding, they are only centred. As scikit-learn's
/// `StandardScaler`.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Standard {
    /// Leaves the mean where it is.
    #[setting(default = false)]
    without_mean: bool,
    /// Leaves the variance as it is.
    #[setting(default = false)]
    without_std: bool,
}

impl Standard {
    /// The scaler with its type erased.
    #[must_use]
    pub const fn spec(self) -> ScalerSpec {
        ScalerSpec { name: "Standard", settings: self.settings(), inverts: true, fit, restore }
    }
}

impl From<Standard> for ScalerSpec {
    fn from(scaler: Standard) -> Self {
        scaler.spec()
    }
}

/// `(x - shift) / scale` at each position.
#[derive(Debug)]
struct FittedStandard {
    shift: Vec<f64>,
    scale: Vec<f64>,
}

#[allow(clippy::cast_precision_loss, reason = "row counts are below 2^32")]
fn fit(settings: &Settings, values: &[f64], width: usize) -> Result<Box<dyn FittedScaler>> {
    let standard = Standard::from_settings(settings);
    let (mut shift, mut scale) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for column in columns("Standard", values, width)? {
        let count = column.len() as f64;
        let mean = column.iter().sum::<f64>() / count;
        let deviations = || column.iter().map(|value| value - mean);
        // The second term corrects the rounding of the mean (Chan, Golub and LeVeque, 1983).
        let squares: f64 = deviations().map(|deviation| deviation * deviation).sum();
        let variance = (squares - deviations().sum::<f64>().powi(2) / count) / count;
        // Rounding alone can leave so much variance; the bound is scikit-learn's.
        let noise = count * f64::EPSILON * variance + (count * mean * f64::EPSILON).powi(2);
        shift.push(if standard.without_mean { 0.0 } else { mean });
        scale.push(if standard.without_std || variance <= noise { 1.0 } else { variance.sqrt() });
    }
    Ok(Box::new(FittedStandard { shift, scale }))
}

fn restore(_: &Settings, state: &[Vec<f64>]) -> Result<Box<dyn FittedScaler>> {
    let [shift, scale] = learned("Standard", state)?;
    Ok(Box::new(FittedStandard { shift, scale }))
}

impl FittedScaler for FittedStandard {
    fn transform(&self, values: &mut [f64], width: usize) -> Result<()> {
        let learned = Learned { scaler: "Standard", first: &self.shift, second: &self.scale };
        learned.apply(values, width, |value, shift, scale| (value - shift) / scale)
    }

    fn inverse(&self, values: &mut [f64], width: usize) -> Result<()> {
        let learned = Learned { scaler: "Standard", first: &self.shift, second: &self.scale };
        learned.apply(values, width, |value, shift, scale| value * scale + shift)
    }

    fn state(&self) -> Vec<Vec<f64>> {
        vec![self.shift.clone(), self.scale.clone()]
    }
}
