//! Merges that join inputs of one shape element by element.

use candle_core::Tensor;

use super::{Arity, BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule};
use crate::graph::kernel::sum;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// Writes a merge of inputs of one shape.
macro_rules! merges {
    ($($(#[$documentation:meta])* $name:ident $operation:ident)*) => { $(
        $(#[$documentation])*
        ///
        /// The output has the shape of the inputs, which is the same for all: none is stretched to fit.
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(arity = Arity::SEVERAL, shape = ShapeRule::Equal, allows_repeat = self.allow_repeat, padding = OnPadding::Keeps)]
        pub struct $name {
            /// One input may stand twice.
            #[setting(default = false)]
            allow_repeat: bool,
        }

        impl BuildLayer for $name {
            fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
                Ok(Box::new(Operation::$operation))
            }
        }
    )* };
}

merges! {
    /// The sum of its inputs, for example of a residual connection: `Add(encoder, refined)`.
    Add Sum
    /// The product of its inputs, for example of a gate: `Multiply(encoder, gate)`.
    Multiply Product
    /// The mean of its inputs.
    Mean Mean
}

enum Operation {
    Sum,
    Product,
    Mean,
}

impl Layer for Operation {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let Some((first, rest)) = inputs.split_first() else {
            return Err(Error::Component("a merge needs inputs, found none".to_owned()));
        };
        let join = |joined: Tensor, next: &Tensor| match self {
            Self::Sum | Self::Mean => sum(&joined, next),
            Self::Product => joined * next,
        };
        let joined = rest.iter().try_fold(first.clone(), join)?;
        #[allow(clippy::cast_precision_loss, reason = "a node has at most 1024 inputs")]
        match self {
            Self::Mean => Ok((joined / inputs.len() as f64)?),
            Self::Sum | Self::Product => Ok(joined),
        }
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let Some((first, rest)) = inputs.split_first() else {
            return Err(Error::Component("a merge needs inputs, found none".to_owned()));
        };
        let operator = if matches!(self, Self::Product) { "Mul" } else { "Add" };
        let joined = rest.iter().fold(first.clone(), |joined, next| graph.binary(operator, &joined, next));
        #[allow(clippy::cast_precision_loss, reason = "a node has at most 1024 inputs")]
        Ok(if matches!(self, Self::Mean) { graph.with_number("Div", &joined, inputs.len() as f64) } else { joined })
    }
}
