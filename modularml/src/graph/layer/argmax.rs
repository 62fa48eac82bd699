//! The place of the largest value.

use candle_core::Tensor;

use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, padded};
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::{Error, Result};

/// The position of the largest value of a vector, as a number; the first one where several are equal. No gradient
/// passes. Where a value is NaN, so is the position.
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Reduced, passes_gradient = false, padding = OnPadding::Reduces)]
pub struct ArgMax;

impl BuildLayer for ArgMax {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(*self))
    }
}

impl Layer for ArgMax {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        match inputs {
            [x] if x.rank() == 2 => {
                let x = x.detach();
                let largest = x.argmax(1)?.to_dtype(x.dtype())?;
                let is_undefined = x.ne(&x)?.max(1)?;
                let nan = largest.affine(0.0, f64::NAN)?;
                Ok(is_undefined.where_cond(&nan, &largest)?)
            }
            [x] => {
                Err(Error::Component(format!("ArgMax takes one vector a row, found a batch of shape {:?}", x.dims())))
            }
            _ => Err(Error::Component(format!("ArgMax takes one input, found {}", inputs.len()))),
        }
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.forward(&[mask.fill(x, LOWEST)?], mode)?, None))
    }
}
