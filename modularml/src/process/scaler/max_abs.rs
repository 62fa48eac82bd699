//! Scaling by the largest absolute value.

use super::affine::{Affine, one_for_zero};
use super::min_max::clip;
use super::shared::Statistics;
use super::statistics::extremes;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Divides each position by its largest absolute value over the rows that it learns from, so that zeros stay zeros.
///
/// NaN is ignored in learning and kept in transforming; zeros alone are left as they are. As scikit-learn's
/// `MaxAbsScaler`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct MaxAbs {
    /// Moves what becomes larger than 1 or smaller than -1 there; it cannot be brought back.
    #[setting(default = false)]
    clip: bool,
    /// Axes over which one largest value is shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for MaxAbs {
    type Fitted = FittedMaxAbs;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedMaxAbs> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let ends = extremes(rows, &statistics)?;
        let scale = ends.into_iter().map(|(min, max)| one_for_zero(max.max(-min))).collect();
        let scaled = Affine::new(&statistics, vec![0.0; statistics.count()], scale);
        Ok(FittedMaxAbs { scaled, clip: self.clip })
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedMaxAbs> {
        let scaled = Affine::restore(&Statistics::new(shape, self.over)?, state)?;
        Ok(FittedMaxAbs { scaled, clip: self.clip })
    }
}

/// `x / scale` at each position.
#[derive(Clone, Debug)]
pub struct FittedMaxAbs {
    scaled: Affine,
    clip: bool,
}

impl FittedScaler for FittedMaxAbs {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        self.scaled.transform(values)?;
        if self.clip {
            clip(values, -1.0, 1.0);
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, raw: &[f64]) -> Result<()> {
        self.scaled.inverse(values, raw)
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.scaled.state()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let scaled = self.scaled.onnx(graph, x)?;
        Ok(if self.clip { graph.clip(&scaled, -1.0, 1.0) } else { scaled })
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        self.scaled.onnx_inverse(graph, x)
    }
}
