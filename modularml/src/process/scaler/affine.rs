//! What several scalers become: a shift and a scale at each position.

use super::FittedScaler;
use super::shared::Statistics;
use super::statistics::{apply, damaged, learned};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};

/// `(x - shift) / scale` at each position.
#[derive(Clone, Debug)]
pub struct Affine {
    /// By statistic, for saving.
    state: [Vec<f64>; 2],
    /// By position.
    shift: Vec<f64>,
    scale: Vec<f64>,
}

impl Affine {
    /// From the shift and the scale of each statistic.
    pub(super) fn new(statistics: &Statistics, shift: Vec<f64>, scale: Vec<f64>) -> Self {
        let (of_shift, of_scale) = (statistics.spread(&shift), statistics.spread(&scale));
        Self { state: [shift, scale], shift: of_shift, scale: of_scale }
    }

    pub(super) fn restore(statistics: &Statistics, state: &[Vec<f64>]) -> Result<Self> {
        let [shift, scale] = learned(state, statistics)?;
        refuse_zero(&scale, state)?;
        Ok(Self::new(statistics, shift, scale))
    }
}

/// Rule: no scale is 0; nothing could be brought back.
pub(super) fn refuse_zero(scale: &[f64], state: &[Vec<f64>]) -> Result<()> {
    if scale.contains(&0.0) { Err(damaged(state, "scales that are not 0")) } else { Ok(()) }
}

impl FittedScaler for Affine {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        apply(values, &self.shift, &self.scale, |value, shift, scale| (value - shift) / scale);
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        apply(values, &self.shift, &self.scale, |value, shift, scale| value * scale + shift);
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let [shift, scale] = [&self.shift, &self.scale].map(|values| graph.constant(x.element(), values, x.axes()));
        let centred = graph.binary("Sub", x, &shift);
        Ok(graph.binary("Div", &centred, &scale))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let [shift, scale] = [&self.shift, &self.scale].map(|values| graph.constant(x.element(), values, x.axes()));
        let wide = graph.binary("Mul", x, &scale);
        Ok(graph.binary("Add", &wide, &shift))
    }
}

/// What to divide by where the found scale is within rounding of 0; the bound is scikit-learn's.
pub(super) fn one_for_zero(scale: f64) -> f64 {
    if scale < 10.0 * f64::EPSILON { 1.0 } else { scale }
}
