//! The place of the largest value.

use candle_core::Tensor;

use super::{Activation, Arity, Build, Layer, LayerSpec, Learns, Mode, ShapeRule};
use crate::spec::Settings;
use crate::{Error, Result};

/// The position of the largest value of a vector, as a number; the first one where several are equal. No gradient
/// passes.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ArgMax;

impl ArgMax {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        LayerSpec {
            name: "ArgMax",
            settings: Settings::NONE,
            arity: Arity::ONE,
            shape: ShapeRule::Reduced,
            learns: Learns::Nothing,
            passes_gradient: false,
            activation: Activation::Identity,
            allows_repeat: false,
            code: code!(Build, |_, _| Ok(Box::new(Self))),
        }
    }
}

impl From<ArgMax> for LayerSpec {
    fn from(argmax: ArgMax) -> Self {
        argmax.spec()
    }
}

impl Layer for ArgMax {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        match inputs {
            [x] if x.rank() == 2 => Ok(x.detach().argmax(1)?.to_dtype(x.dtype())?),
            [x] => {
                Err(Error::Component(format!("ArgMax takes one vector a row, found a batch of shape {:?}", x.dims())))
            }
            _ => Err(Error::Component(format!("ArgMax takes one input, found {}", inputs.len()))),
        }
    }
}
