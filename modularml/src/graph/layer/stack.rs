//! Inputs side by side along a new axis.

use candle_core::Tensor;

use super::concat::from_front;
use super::{Arity, BuildLayer, Layer, LayerBuild, Mode, ShapeRule};
use crate::{Error, Result};

/// Puts inputs of one shape side by side along a new axis, whose size is their number.
///
/// The axis is counted in the output without the batch axis: of vectors `[16]`, `Stack::axis(0)` makes `[2, 16]` and
/// `Stack::axis(-1)` makes `[16, 2]`.
///
/// ```
/// use modularml::graph::layer::Stack;
///
/// let as_channels = Stack::axis(0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(arity = Arity::SEVERAL, shape = ShapeRule::Stack { axis: self.axis }, allows_repeat = self.allow_repeat)]
pub struct Stack {
    /// The new axis; -1 is the last.
    #[setting(first)]
    axis: i64,
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
}

impl BuildLayer for Stack {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (axis, rank) = (self.axis, build.output.rank());
        match from_front(axis, rank) {
            Some(axis) => Ok(Box::new(Running { axis })),
            None => Err(Error::Component(format!("Stack has no axis {axis} in an output of {rank} axes"))),
        }
    }
}

struct Running {
    /// Counted from the front, without the batch axis.
    axis: usize,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(Tensor::stack(inputs, self.axis + 1)?)
    }
}
