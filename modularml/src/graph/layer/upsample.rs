//! More positions, interpolated from those that there are.

use candle_core::Tensor;

use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value, padded};
use crate::graph::mask::{Mask, Masked};
use crate::graph::resize::{Taps, resize};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::{Shape, choices};
use crate::{Error, Result};

/// How new positions are computed from those that there are; position i of n lies over an axis of some length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// Position floor(i length / n).
    #[default]
    Nearest,
    /// Between the two positions around (i + 1/2) length / n - 1/2, in proportion to how near they are; the first and the
    /// last position beyond the ends.
    Linear,
    /// Between the two positions around i (length - 1) / (n - 1), so that the first and the last stay where they are:
    /// PyTorch's `align_corners`.
    AlignedLinear,
}

choices!(Interpolation: Nearest, Linear, AlignedLinear);

/// More positions along the axes behind the channels, each interpolated from those that there are.
///
/// The input is `[channels, length]`, `[channels, height, width]` or `[channels, depth, height, width]`. With `by` the
/// output has so many times as many positions along each axis, with `to` the sizes that are stated, which may be smaller as
/// well. Along two axes `Interpolation::Linear` is called bilinear, along three trilinear.
///
/// ```
/// use modularml::graph::layer::{Interpolation, Upsample};
///
/// let twice_as_large = Upsample::by([2, 2]);
/// let smooth = Upsample::to([28, 28]).interpolation(Interpolation::Linear);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Resized { by: self.factors, to: self.sizes }, padding = self.on_padding())]
pub struct Upsample {
    /// How many times as many positions there are along each axis; either this or `sizes`.
    #[setting(default = None, at_least = 1)]
    factors: Option<Shape>,
    /// How many positions there are along each axis; either this or `factors`.
    #[setting(default = None, at_least = 1)]
    sizes: Option<Shape>,
    /// How they are computed.
    #[setting(default = Interpolation::Nearest)]
    interpolation: Interpolation,
}

impl Upsample {
    /// So many times as many positions along each axis.
    #[must_use]
    pub const fn by<const N: usize>(factors: [usize; N]) -> Self {
        Self::new().factors(factors)
    }

    /// So many positions along each axis.
    #[must_use]
    pub const fn to<const N: usize>(sizes: [usize; N]) -> Self {
        Self::new().sizes(sizes)
    }

    /// Where a new position reads one alone, the same one whatever the length, it reads no padding.
    const fn on_padding(&self) -> OnPadding {
        if self.factors.is_some() && matches!(self.interpolation, Interpolation::Nearest) {
            OnPadding::Masks
        } else {
            OnPadding::Refuses
        }
    }
}

impl Interpolation {
    /// What each of `count` positions over an axis of that length is computed from.
    #[allow(clippy::cast_precision_loss, reason = "axes are far below 2^52")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position of the axis")]
    fn taps(self, length: usize, count: usize) -> Vec<Taps> {
        let between = |at: f64| {
            let last = length.saturating_sub(1);
            let low = (at.max(0.0) as usize).min(last);
            let share = (at - low as f64).clamp(0.0, 1.0);
            [(low, 1.0 - share), ((low + 1).min(last), share)]
        };
        let (scale, steps) = (length as f64 / count.max(1) as f64, count.saturating_sub(1).max(1) as f64);
        let tap = |position: usize| match self {
            // Whole numbers, as a product of rounded ones may fall below the position that it should be.
            Self::Nearest => [((position as u128 * length as u128 / count.max(1) as u128) as usize, 1.0), (0, 0.0)],
            Self::Linear => between((position as f64 + 0.5) * scale - 0.5),
            Self::AlignedLinear => between(position as f64 * (length.saturating_sub(1) as f64 / steps)),
        };
        (0..count).map(tap).collect()
    }
}

impl BuildLayer for Upsample {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let Some(input) = build.inputs.first().filter(|input| input.rank() == build.output.rank()) else {
            return Err(Error::Component("Upsample needs an input of [channels, ..] with positions".to_owned()));
        };
        let taps = (1..input.rank()).map(|axis| self.interpolation.taps(input.axis(axis), build.output.axis(axis)));
        Ok(Box::new(Running { taps: taps.collect(), factors: self.factors }))
    }
}

struct Running {
    /// By axis behind the channels.
    taps: Vec<Vec<Taps>>,
    factors: Option<Shape>,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let mut x = only(inputs)?.clone();
        for (axis, taps) in self.taps.iter().enumerate() {
            x = resize(&x, axis + 2, taps)?;
        }
        Ok(x)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        padded::check_channels_first(mask, x.rank())?;
        let Some(factors) = self.factors else {
            return Err(Error::Component("sizes that are stated are not those of shorter rows".to_owned()));
        };
        let mut mask = mask.clone();
        for axis in 0..self.taps.len() {
            mask = mask.of_windows(axis + 2, |length| length.saturating_mul(factors.axis(axis)))?;
        }
        Ok((self.forward(inputs, mode)?, Some(mask)))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut x = only_value(inputs)?.clone();
        for (axis, taps) in (1..).zip(&self.taps) {
            let mut sum: Option<OnnxValue> = None;
            for place in 0..2 {
                let taps = || taps.iter().filter_map(|taps| taps.get(place));
                if taps().all(|(_, weight)| *weight == 0.0) {
                    continue;
                }
                let mut part = graph.gather(&x, axis, &taps().map(|(from, _)| *from).collect::<Vec<_>>());
                if taps().any(|(_, weight)| *weight < 1.0) {
                    let mut dims = vec![1; x.axes().len() - axis];
                    if let Some(first) = dims.first_mut() {
                        *first = taps().count();
                    }
                    let weights = graph.numbers(&taps().map(|(_, weight)| *weight).collect::<Vec<_>>(), &dims);
                    part = graph.binary("Mul", &part, &weights);
                }
                sum = Some(sum.map_or_else(|| part.clone(), |sum| graph.binary("Add", &sum, &part)));
            }
            x = sum.unwrap_or(x);
        }
        Ok(x)
    }
}
