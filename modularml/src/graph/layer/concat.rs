//! Joining several inputs.

use candle_core::Tensor;

use super::{Activation, Arity, Layer, LayerBuild, LayerSpec, Learns, Mode, ShapeRule};
use crate::settings::Settings;
use crate::{Error, Result};

/// Joins inputs along one axis, the batch axis not counted; all other axes are equal.
///
/// ```
/// use modularml::graph::Concat;
///
/// let fused = Concat::axis(-1);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Concat {
    /// The axis along which inputs are joined; -1 is the last.
    #[setting(first)]
    axis: i64,
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
}

impl Concat {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        LayerSpec {
            name: "Concat",
            settings: self.settings(),
            arity: Arity::Several,
            shape: ShapeRule::Concat { axis: self.axis },
            learns: Learns::Nothing,
            passes_gradient: true,
            activation: Activation::Identity,
            allows_repeat: self.allow_repeat,
            build,
        }
    }
}

impl From<Concat> for LayerSpec {
    fn from(concat: Concat) -> Self {
        concat.spec()
    }
}

fn build(settings: &Settings, LayerBuild { output, .. }: LayerBuild) -> Result<Box<dyn Layer>> {
    let (axis, rank) = (Concat::from_settings(settings).axis, output.rank());
    let from_back = |back: u64| usize::try_from(back).ok().and_then(|back| rank.checked_sub(back));
    let from_front = if axis < 0 { from_back(axis.unsigned_abs()) } else { usize::try_from(axis).ok() };
    match from_front.filter(|&axis| axis < rank) {
        Some(axis) => Ok(Box::new(Running { axis })),
        None => Err(Error::Component(format!("Concat has no axis {axis} in inputs with {rank} axes"))),
    }
}

struct Running {
    /// Counted from the front, without the batch axis.
    axis: usize,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(Tensor::cat(inputs, self.axis + 1)?)
    }
}
