//! Scaling to a range.

use super::affine::{Affine, one_for_zero};
use super::shared::Statistics;
use super::statistics::extremes;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::onnx::{OnnxGraph, OnnxValue};
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

/// Moves values outside of a range to its nearer end; NaN stays.
pub(super) fn clip(values: &mut [f64], low: f64, high: f64) {
    for value in values.iter_mut().filter(|value| !value.is_nan()) {
        *value = value.max(low).min(high);
    }
}

impl Scaler for MinMax {
    type Fitted = FittedMinMax;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedMinMax> {
        check_range(self.low, self.high)?;
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let factor = |(min, max): &(f64, f64)| (self.high - self.low) / one_for_zero(max - min);
        let (offset, scale) =
            extremes(rows, &statistics)?.iter().map(|ends| (self.low - ends.0 * factor(ends), factor(ends))).unzip();
        Ok(self.fitted(Affine::new(&statistics, offset, scale)))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedMinMax> {
        Ok(self.fitted(Affine::restore(&Statistics::new(shape, self.over)?, state)?))
    }
}

impl MinMax {
    fn fitted(&self, back: Affine) -> FittedMinMax {
        FittedMinMax { back, clip: self.clip.then_some((self.low, self.high)) }
    }
}

/// `x * scale + offset` at each position.
#[derive(Clone, Debug)]
pub struct FittedMinMax {
    /// From the range back to the values.
    back: Affine,
    clip: Option<(f64, f64)>,
}

impl FittedScaler for FittedMinMax {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        self.back.inverse(values, &[])?;
        if let Some((low, high)) = self.clip {
            clip(values, low, high);
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        self.back.transform(values)
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.back.state()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let scaled = self.back.onnx_inverse(graph, x)?;
        Ok(self.clip.map_or(scaled.clone(), |(low, high)| graph.clip(&scaled, low, high)))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        self.back.onnx(graph, x)
    }
}
