//! Joining several inputs.

use candle_core::{Device, Tensor};

use super::{Arity, BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule};
use crate::graph::kernel::device::beside;
use crate::graph::mask::{Mask, Masked};
use crate::graph::window::Padding;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// Joins inputs along one axis, the batch axis not counted; all other axes are equal, or made so by padding.
///
/// ```
/// use modularml::graph::layer::{Concat, Padding};
///
/// let fused = Concat::axis(-1);
/// let of_unequal_lengths = Concat::axis(0).pad(Padding::Replicate);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(
    arity = Arity::SEVERAL,
    shape = ShapeRule::Concat { axis: self.axis, pad: self.pad },
    allows_repeat = self.allow_repeat,
    padding = OnPadding::Masks
)]
pub struct Concat {
    /// The axis along which inputs are joined; -1 is the last.
    #[setting(first)]
    axis: i64,
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
    /// What is put behind the data on the other axes, up to the largest input; nothing when not given.
    #[setting(default = None)]
    pad: Option<Padding>,
    /// What stands in place of zeros where `Padding::Zeros` pads.
    #[setting(default = 0.0, above = -1e300, below = 1e300)]
    pad_value: f64,
}

/// An axis counted from the front, where there is such.
pub(super) fn from_front(axis: i64, rank: usize) -> Option<usize> {
    let from_back = |back: u64| usize::try_from(back).ok().and_then(|back| rank.checked_sub(back));
    let axis = if axis < 0 { from_back(axis.unsigned_abs()) } else { usize::try_from(axis).ok() };
    axis.filter(|&axis| axis < rank)
}

impl BuildLayer for Concat {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (axis, rank) = (self.axis, build.output.rank());
        match from_front(axis, rank) {
            Some(axis) => Ok(Box::new(Running { axis, concat: *self, output: build.output })),
            None => Err(Error::Component(format!("Concat has no axis {axis} in inputs with {rank} axes"))),
        }
    }
}

struct Running {
    /// Counted from the front, without the batch axis.
    axis: usize,
    concat: Concat,
    output: Shape,
}

impl Running {
    /// The input with its other axes as long as those of the output.
    fn padded(&self, x: &Tensor, padding: Padding) -> Result<Tensor> {
        let mut x = x.clone();
        for axis in (0..self.output.rank()).filter(|&axis| axis != self.axis) {
            let (length, wanted) = (x.dim(axis + 1)?, self.output.axis(axis));
            if length >= wanted {
                continue;
            }
            x = if padding == Padding::Zeros {
                let mut dims = x.dims().to_vec();
                if let Some(size) = dims.get_mut(axis + 1) {
                    *size = wanted - length;
                }
                let values = beside(&x, &Tensor::full(self.concat.pad_value, dims, &Device::Cpu)?)?;
                Tensor::cat(&[&x, &values], axis + 1)?
            } else {
                let places = padding.places(length, wanted).ok_or_else(|| {
                    Error::Component(format!("Concat cannot fill length {wanted} from {length} by {}", padding.name()))
                })?;
                x.contiguous()?.index_select(&Tensor::new(places, x.device())?, axis + 1)?
            };
        }
        Ok(x)
    }

    /// An input as long as the output along all axes but one, in a graph of ONNX.
    fn onnx_padded(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let Some(padding) = self.concat.pad else { return Ok(x.clone()) };
        let mut x = x.clone();
        for axis in (0..self.output.rank()).filter(|&axis| axis != self.axis) {
            let (length, wanted) = (x.axes().get(axis).copied().unwrap_or(0), self.output.axis(axis));
            if length >= wanted {
                continue;
            }
            x = if padding == Padding::Zeros {
                let end = |of: usize| (0, if of == axis { wanted - length } else { 0 });
                let ends: Vec<(usize, usize)> = (0..x.axes().len()).map(end).collect();
                graph.pad(&x, &ends, self.concat.pad_value)
            } else {
                let places = padding.places(length, wanted).ok_or_else(|| {
                    Error::Component(format!("Concat cannot fill length {wanted} from {length} by {}", padding.name()))
                })?;
                graph.gather(&x, axis, &places.into_iter().map(|place| place as usize).collect::<Vec<_>>())
            };
        }
        Ok(x)
    }
}

impl Running {
    /// The inputs, all but the joined axis as long as those of the output.
    fn fitting(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        match self.concat.pad {
            None => Ok(inputs.to_vec()),
            Some(padding) => inputs.iter().map(|x| self.padded(x, padding)).collect(),
        }
    }

    /// The mask of an input that was made longer: what was put behind a sequence is padding too.
    fn lengthened(&self, mask: &Mask, x: &Tensor) -> Result<Mask> {
        let mut dims = x.dims().to_vec();
        let mut mask = mask.clone();
        for axis in (0..self.output.rank()).filter(|&axis| axis != self.axis) {
            mask = mask.lengthened(&dims, axis + 1, self.output.axis(axis))?;
            dims = mask.dims().to_vec();
        }
        Ok(mask)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(Tensor::cat(&self.fitting(inputs)?, self.axis + 1)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let fitting = self.fitting(inputs)?;
        let lengthened =
            |(mask, x): (&Option<Mask>, &Tensor)| mask.as_ref().map(|mask| self.lengthened(mask, x)).transpose();
        let masks: Vec<Option<Mask>> = masks.iter().zip(inputs).map(lengthened).collect::<Result<_>>()?;
        let dims: Vec<Vec<usize>> = fitting.iter().map(|x| x.dims().to_vec()).collect();
        let mask = Mask::joined(&masks, &dims, self.axis + 1)?;
        Ok((Tensor::cat(&fitting, self.axis + 1)?, Some(mask)))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let fitting = inputs.iter().map(|x| self.onnx_padded(graph, x)).collect::<Result<Vec<_>>>()?;
        Ok(graph.concat(&fitting.iter().collect::<Vec<_>>(), self.axis))
    }
}
