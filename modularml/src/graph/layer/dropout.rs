//! Dropout.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::{Layer, LayerSpec, Mode, ShapeRule, only};
use crate::graph::kernel::device::apply1;
use crate::graph::pointwise::elements;
use crate::graph::real::Real;
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
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The probability that an element is set to zero.
    #[setting(first, at_least = 0.0, below = 1.0)]
    probability: f64,
}

impl Dropout {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        LayerSpec::parameterless("Dropout", self.settings(), ShapeRule::Same { least_axes: 0 }, |settings, _| {
            Ok(Box::new(Running { probability: Self::from_settings(settings).probability }))
        })
    }
}

impl From<Dropout> for LayerSpec {
    fn from(dropout: Dropout) -> Self {
        dropout.spec()
    }
}

struct Running {
    probability: f64,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> crate::Result<Tensor> {
        Ok(dropout(only(inputs)?, self.probability, mode)?)
    }
}

/// In training sets each element to zero with a probability and divides the others by what remains of 1, so that the
/// expected value stays the same (Srivastava et al., 2014, "inverted").
pub(super) fn dropout(x: &Tensor, probability: f64, mode: &mut Mode) -> Result<Tensor> {
    match mode {
        Mode::Train(rng) if probability > 0.0 => {
            let kept = draw(x.elem_count(), 1.0 - probability, rng);
            apply1(&x.contiguous()?, Mask { kept, scale: 1.0 / (1.0 - probability) })
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

impl Mask {
    fn mask<T: Real>(&self, x: &[T]) -> Vec<T> {
        let scale = T::from_f64(self.scale);
        x.iter().zip(&self.kept).map(|(&x, &kept)| if kept { x * scale } else { T::zero() }).collect()
    }
}

impl CustomOp1 for Mask {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match x {
            CpuStorage::F32(x) => CpuStorage::F32(self.mask(elements(x, layout)?)),
            CpuStorage::F64(x) => CpuStorage::F64(self.mask(elements(x, layout)?)),
            _ => bail!("dropout takes f32 or f64"),
        };
        Ok((values, layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        gradient.contiguous()?.apply_op1_no_bwd(self).map(Some)
    }
}
