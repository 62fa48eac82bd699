//! Inputs side by side along a new axis.

use candle_core::Tensor;

use super::concat::from_front;
use super::{Arity, BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule};
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
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
#[spec(arity = Arity::SEVERAL, shape = ShapeRule::Stack { axis: self.axis }, allows_repeat = self.allow_repeat, padding = OnPadding::Masks)]
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

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let unsqueezed = |(mask, x): (&Option<Mask>, &Tensor)| {
            mask.as_ref().map(|mask| mask.unsqueezed(x.dims(), self.axis + 1)).transpose()
        };
        let masks: Vec<Option<Mask>> = masks.iter().zip(inputs).map(unsqueezed).collect::<Result<_>>()?;
        let dims =
            inputs.iter().map(|x| Ok(x.unsqueeze(self.axis + 1)?.dims().to_vec())).collect::<Result<Vec<_>>>()?;
        let mask = Mask::joined(&masks, &dims, self.axis + 1)?;
        Ok((Tensor::stack(inputs, self.axis + 1)?, Some(mask)))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut parts = Vec::with_capacity(inputs.len());
        for x in inputs {
            let mut axes = x.axes().to_vec();
            axes.insert(self.axis.min(axes.len()), 1);
            parts.push(graph.reshape(x, &axes));
        }
        Ok(graph.concat(&parts.iter().collect::<Vec<_>>(), self.axis))
    }
}
