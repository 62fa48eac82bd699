//! Group normalization.

use candle_core::{Tensor, Var};

use super::{ScaleShift, channels, inner, normalize_values, onnx_normalized, per_channel};
use crate::graph::layer::{
    BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value, padded,
};
use crate::graph::mask::{Mask, Masked};
use crate::graph::normalize::normalize;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and variance taken over a group of channels of each row
/// by itself; weight and bias belong to channels (Wu and He, 2018).
///
/// The input is `[channels, ..]`, its channels a multiple of the groups; the output has the same shape.
///
/// ```
/// use modularml::graph::layer::GroupNorm;
///
/// let norm = GroupNorm::groups(4);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Grouped { groups: self.groups }, learns = if self.no_affine { Learns::Nothing } else { Learns::BySteps }, padding = OnPadding::Masks)]
pub struct GroupNorm {
    /// How many groups the channels fall into.
    #[setting(first, at_least = 1)]
    groups: usize,
    /// What is added to the variance.
    #[setting(default = 1e-5, above = 0.0, below = 1e9)]
    epsilon: f64,
    /// Neither weight nor bias follow.
    #[setting(default = false)]
    no_affine: bool,
}

impl BuildLayer for GroupNorm {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let channels = channels(build.inputs.first())?;
        if self.groups == 0 || !channels.is_multiple_of(self.groups) {
            return Err(Error::Component(format!("{channels} channels do not fall into {} equal groups", self.groups)));
        }
        let after = ScaleShift::new(&[channels], !self.no_affine, !self.no_affine, &build)?;
        Ok(Box::new(Running { after, width: build.input_width()? / self.groups, epsilon: self.epsilon }))
    }
}

struct Running {
    after: ScaleShift,
    /// How many numbers share a mean.
    width: usize,
    epsilon: f64,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let y = normalize(x, self.width, self.epsilon)?;
        Ok(self.after.apply(y, inner(x), mode)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let lines = |x: &Tensor| x.reshape(((), self.width));
        let (y, _) = normalize_values(&lines(&x.contiguous()?)?, &lines(&mask.of_each(x.dims())?)?, self.epsilon)?;
        let y = self.after.apply(y.reshape(x.dims())?, inner(x), mode)?;
        Ok((y, Some(mask.clone())))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.after.parameters()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let lines = graph.reshape(x, &[x.width() / self.width.max(1), self.width]);
        let y = onnx_normalized(graph, &lines, &[1], self.epsilon);
        let y = graph.reshape(&y, x.axes());
        let channels = x.axes().first().copied().unwrap_or(1);
        self.after.onnx(graph, &y, &per_channel(channels, x.axes().len() + 1))
    }
}
