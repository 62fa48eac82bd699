//! Dropout.

use candle_core::{Result, Shape, Tensor};

use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value};
use crate::graph::autograd::{Given, Operation, To, apply, first};
use crate::graph::kernel::put;
use crate::graph::real::Real;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::random::Rng;

/// In training sets each element to zero with a probability and divides the others by what remains of 1 (Srivastava et
/// al., 2014, "inverted"); else passes its input on.
///
/// The output has the shape of the input. It drops in every train phase, unless the node is marked `#[frozen]`.
///
/// ```
/// use modularml::graph::layer::Dropout;
///
/// let a_tenth = Dropout::probability(0.1);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 0 }, padding = OnPadding::Keeps)]
pub struct Dropout {
    /// The probability that an element is set to zero.
    #[setting(first, at_least = 0.0, below = 1.0)]
    probability: f64,
}

impl BuildLayer for Dropout {
    fn build(&self, _: LayerBuild) -> crate::Result<Box<dyn Layer>> {
        Ok(Box::new(*self))
    }
}

impl Layer for Dropout {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> crate::Result<Tensor> {
        Ok(dropout(only(inputs)?, self.probability, mode)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> crate::Result<OnnxValue> {
        let _ = graph;
        only_value(inputs).cloned()
    }
}

/// In training sets each element to zero with a probability and divides the others by what remains of 1, so that the
/// expected value stays the same (Srivastava et al., 2014, "inverted").
pub(super) fn dropout(x: &Tensor, probability: f64, mode: &mut Mode) -> Result<Tensor> {
    match mode {
        Mode::Train(rng) if probability > 0.0 => {
            let kept = draw(x.elem_count(), 1.0 - probability, rng);
            apply(&[x], Mask { kept, scale: 1.0 / (1.0 - probability) })
        }
        _ => Ok(x.clone()),
    }
}

/// Two elements from each 64 random bits.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 2^32, and the halves of 64 bits"
)]
fn draw(count: usize, share: f64, rng: &mut Rng) -> Vec<bool> {
    let bound = (share * 2f64.powi(32)) as u64;
    let mut kept = Vec::with_capacity(count + 1);
    while kept.len() < count {
        let bits = rng.bits();
        kept.push(bits >> 32 < bound);
        kept.push(u64::from(bits as u32) < bound);
    }
    kept.truncate(count);
    kept
}

struct Mask {
    kept: Vec<bool>,
    scale: f64,
}

impl Operation for Mask {
    const NAME: &'static str = "dropout";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let scale = T::from_f64(self.scale);
        let kept = x.numbers.iter().zip(&self.kept);
        Ok((kept.map(|(&x, &kept)| if kept { x * scale } else { T::zero() }).collect(), x.dims.into()))
    }

    fn backward<T: Real>(&self, _: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let scale = T::from_f64(self.scale);
        to.write(0, |of_x, adds| {
            let kept = gradient.iter_mut().zip(&self.kept);
            kept.for_each(|(g, &kept)| *g = if kept { *g * scale } else { T::zero() });
            put(of_x, adds, gradient);
            Ok(())
        })
    }
}
