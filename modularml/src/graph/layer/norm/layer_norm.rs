//! Layer normalization.

use candle_core::{Tensor, Var};

use super::{ScaleShift, normalize_values, onnx_normalized};
use crate::graph::layer::{
    BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded,
};
use crate::graph::mask::{Mask, Masked};
use crate::graph::normalize::{normalize, normalize_and_scale};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and variance taken over the last axes of each row by
/// itself (Ba et al., 2016).
///
/// The output has the shape of the input; weight and bias have that of its last axes.
///
/// ```
/// use modularml::graph::layer::LayerNorm;
///
/// let over_each_vector = LayerNorm::new();
/// let over_each_matrix = LayerNorm::new().axes(2);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: self.axes }, learns = if self.no_affine { Learns::Nothing } else { Learns::BySteps }, padding = OnPadding::Masks)]
pub struct LayerNorm {
    /// How many axes, counted from the last, share a mean and a variance.
    #[setting(default = 1, at_least = 1, at_most = 8)]
    axes: usize,
    /// What is added to the variance.
    #[setting(default = 1e-5, above = 0.0, below = 1e9)]
    epsilon: f64,
    /// Neither weight nor bias follow.
    #[setting(default = false)]
    no_affine: bool,
    /// No bias follows.
    #[setting(default = false)]
    no_bias: bool,
}

impl LayerNorm {
    /// The running layer over last axes of these sizes.
    pub(in crate::graph::layer) fn over(self, dims: &[usize], build: &LayerBuild) -> Result<RunningLayerNorm> {
        let after = ScaleShift::new(dims, !self.no_affine, !self.no_affine && !self.no_bias, build)?;
        Ok(RunningLayerNorm { after, dims: dims.to_vec(), epsilon: self.epsilon })
    }
}

impl BuildLayer for LayerNorm {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let axes = build.output.axes();
        let Some(first) = axes.len().checked_sub(self.axes) else {
            return Err(Error::Component(format!("LayerNorm over {} axes of an input of {}", self.axes, axes.len())));
        };
        let (_, dims) = axes.split_at(first);
        Ok(Box::new(self.over(dims, &build)?))
    }
}

/// A running [`LayerNorm`].
pub(in crate::graph::layer) struct RunningLayerNorm {
    after: ScaleShift,
    /// The last axes, whose numbers share a mean.
    dims: Vec<usize>,
    epsilon: f64,
}

impl RunningLayerNorm {
    /// How many numbers share a mean.
    fn width(&self) -> usize {
        self.dims.iter().product()
    }

    pub fn apply(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let Some(weight) = &self.after.weight else {
            return Ok(normalize(x, self.width(), self.epsilon)?);
        };
        let bias = self.after.bias.as_ref().map(|bias| mode.parameter(bias)).transpose()?;
        Ok(normalize_and_scale(x, &mode.parameter(weight)?, bias.as_ref(), self.epsilon)?)
    }

    /// Adds the normalization to a graph of ONNX.
    pub fn onnx_apply(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let rank = x.axes().len();
        let over: Vec<usize> = (rank.saturating_sub(self.dims.len())..rank).collect();
        let y = onnx_normalized(graph, x, &over, self.epsilon);
        self.after.onnx(graph, &y, &self.dims)
    }
}

impl Layer for RunningLayerNorm {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.apply(only(inputs)?, mode)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        if mask.is_alike_along(self.dims.len(), x.rank()) {
            return Ok((self.apply(x, mode)?, Some(mask.clone())));
        }
        let lines = |x: &Tensor| x.reshape(((), self.width()));
        let (y, _) = normalize_values(&lines(x)?, &lines(&mask.of_each(x.dims())?)?, self.epsilon)?;
        Ok((self.after.apply(y.reshape(x.dims())?, 1, mode)?, Some(mask.clone())))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.after.parameters()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        self.onnx_apply(graph, only_value(inputs)?)
    }
}
