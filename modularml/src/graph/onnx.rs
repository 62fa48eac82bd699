//! Tensors as constants of a graph of ONNX.

use candle_core::Tensor;

use super::kernel::device::f64s;
use crate::Result;
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};

impl OnnxGraph {
    /// A tensor, such as a parameter, as a constant of the type that layers compute in.
    ///
    /// # Errors
    /// When its numbers cannot be read.
    pub fn tensor(&mut self, tensor: &Tensor) -> Result<OnnxValue> {
        let numbers = f64s(&tensor.detach()).at(|| "a constant of ONNX".to_owned())?;
        Ok(self.numbers(&numbers, tensor.dims()))
    }
}
