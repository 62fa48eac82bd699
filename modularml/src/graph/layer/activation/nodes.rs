//! Activations as nodes of their own.

use candle_core::Tensor;

use super::onnx::Told;
use super::{Activation, functions};
use crate::error::At as _;
use crate::graph::layer::concat::from_front;
use crate::graph::layer::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, only, only_value};
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::graph::pointwise;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::MAX_RANK;
use crate::{Error, Result};

/// Writes the node of an activation that has no settings.
macro_rules! nodes {
    ($($(#[$documentation:meta])* $name:ident)*) => { $(
        $(#[$documentation])*
        ///
        /// The output has the shape of the input.
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(activation = Activation::$name, padding = Activation::$name.on_padding())]
        pub struct $name;

        impl BuildLayer for $name {
            fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
                Ok(Box::new(Running(Activation::$name)))
            }
        }
    )* };
}

nodes! {
    /// max(x, 0), with gradient 0 at 0.
    Relu
    /// 1.0507 times [`Elu`] with alpha 1.6733, after which values keep mean 0 and variance 1 (Klambauer et al., 2017).
    Selu
    /// x * Phi(x) with the exact normal distribution function (Hendrycks and Gimpel, 2016).
    Gelu
    /// [`Gelu`] with its distribution function approximated by a hyperbolic tangent,
    /// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x³))).
    GeluTanh
    /// x * sigmoid(x) (Elfwing et al., 2018).
    Silu
    /// x * tanh(log(1 + exp(x))) (Misra, 2019).
    Mish
    /// The hyperbolic tangent.
    Tanh
    /// 1 / (1 + exp(-x)).
    Sigmoid
    /// x / (1 + |x|).
    Softsign
    /// 0 up to -3, x from 3 on, x (x + 3) / 6 between (Howard et al., 2019).
    Hardswish
    /// x, cut to 0 below and 6 above; the gradient at both ends is 0.
    Relu6
    /// 0 up to -3, 1 from 3 on, (x + 3) / 6 between (Courbariaux et al., 2015); the gradient at both ends is 0.
    Hardsigmoid
}

struct Running(Activation);

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        self.0.apply(only(inputs)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        Ok(self.0.onnx(graph, only_value(inputs)?))
    }
}

/// Writes the nodes of shares along an axis.
macro_rules! shares {
    ($($(#[$documentation:meta])* $name:ident)*) => { $(
        $(#[$documentation])*
        ///
        /// The output has the shape of the input.
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::Same { least_axes: self.least_axes() }, activation = self.ends_in(), padding = OnPadding::Masks)]
        pub struct $name {
            /// The axis, the batch axis not counted; -1 is the last.
            #[setting(default = -1)]
            axis: i64,
        }

        impl $name {
            /// Where no axis is named, a single number is a share of its own.
            #[allow(clippy::cast_possible_truncation, reason = "more axes than there can be are not told apart")]
            const fn least_axes(self) -> usize {
                let least = if self.axis < 0 { self.axis.unsigned_abs() } else { self.axis.unsigned_abs() + 1 };
                match least {
                    1 if self.axis < 0 => 0,
                    least if least > MAX_RANK as u64 => MAX_RANK + 1,
                    least => least as usize,
                }
            }

            /// Shares along an axis before the last are no classes.
            const fn ends_in(self) -> Activation {
                if self.axis < -1 { Activation::Identity } else { Activation::$name }
            }
        }

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                let (axis, rank) = (self.axis, build.output.rank());
                match from_front(axis, rank.max(1)) {
                    Some(axis) if axis + 1 < rank => Ok(Box::new(Shares { of: Activation::$name, before: Some(axis) })),
                    Some(_) => Ok(Box::new(Shares { of: Activation::$name, before: None })),
                    None => Err(Error::Component(format!("there is no axis {axis} among {rank}"))),
                }
            }
        }
    )* };
}

shares! {
    /// exp(x) / sum(exp(x)): shares that sum to 1 along an axis, the last one unless said otherwise.
    ///
    /// ```
    /// use modularml::graph::layer::Softmax;
    ///
    /// let of_positions = Softmax::new().axis(0);
    /// ```
    Softmax
    /// x - log(sum(exp(x))): the logarithm of [`Softmax`].
    LogSoftmax
}

struct Shares {
    of: Activation,
    /// The axis, counted from the front without that of the rows, where it is not the last.
    before: Option<usize>,
}

impl Layer for Shares {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let Some(axis) = self.before else { return self.of.apply(x) };
        let last = x.rank().saturating_sub(1);
        let shares = self.of.apply(&x.transpose(axis + 1, last)?.contiguous()?)?;
        Ok(shares.transpose(axis + 1, last)?.contiguous()?)
    }

    /// No share goes to padding.
    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let x = only(inputs)?;
        let Some(mask) = masks.first().and_then(Option::as_ref) else { return Ok((self.forward(inputs, mode)?, None)) };
        Ok((mask.zero(&self.forward(&[mask.fill(x, LOWEST)?], mode)?)?, Some(mask.clone())))
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let axis = self.before.unwrap_or_else(|| x.axes().len().saturating_sub(1));
        Ok(self.of.onnx_over(graph, x, axis))
    }
}

/// x, cut to `low` below and `high` above; the gradient at both ends is 0.
///
/// The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::Hardtanh;
///
/// let share = Hardtanh::new().low(0.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(activation = Activation::Hardtanh, padding = OnPadding::Keeps)]
pub struct Hardtanh {
    /// The smallest value; below `high`.
    #[setting(default = -1.0)]
    low: f64,
    /// The largest value.
    #[setting(default = 1.0)]
    high: f64,
}

impl BuildLayer for Hardtanh {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        let Self { low, high } = *self;
        if low < high {
            return Ok(Box::new(OfEach(functions::Hardtanh { low, high })));
        }
        Err(Error::Component(format!("low({low}) must be below high({high})")))
    }
}

/// x above 0, else `slope` * x.
///
/// The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::LeakyRelu;
///
/// let steeper = LeakyRelu::new().slope(0.2);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(activation = Activation::LeakyRelu, padding = OnPadding::Keeps)]
pub struct LeakyRelu {
    /// The slope below 0.
    #[setting(default = 0.01, above = -1e9, below = 1e9)]
    slope: f64,
}

impl BuildLayer for LeakyRelu {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(OfEach(functions::LeakyRelu { slope: self.slope })))
    }
}

/// x above 0, else `alpha` * (exp(x) - 1) (Clevert et al., 2015).
///
/// The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::Elu;
///
/// let flatter = Elu::new().alpha(0.5);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(activation = Activation::Elu, padding = OnPadding::Keeps)]
pub struct Elu {
    /// The negated limit far below 0.
    #[setting(default = 1.0, above = 0.0, below = 1e9)]
    alpha: f64,
}

impl BuildLayer for Elu {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(OfEach(functions::Elu { alpha: self.alpha })))
    }
}

/// log(1 + exp(`beta` * x)) / `beta`, and x itself where `beta` * x is above `threshold`.
///
/// The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::Softplus;
///
/// let sharper = Softplus::new().beta(2.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(activation = Activation::Softplus, padding = OnPadding::Keeps)]
pub struct Softplus {
    /// How sharply the function bends at 0.
    #[setting(default = 1.0, above = 0.0, below = 1e9)]
    beta: f64,
    /// The value of beta * x above which the function is x.
    #[setting(default = 20.0, above = -1e9, below = 1e9)]
    threshold: f64,
}

impl BuildLayer for Softplus {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(OfEach(functions::Softplus { beta: self.beta, threshold: self.threshold })))
    }
}

struct OfEach<F>(F);

impl<F: Told> Layer for OfEach<F> {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        pointwise::apply(only(inputs)?, self.0).at(|| F::NAME.to_owned())
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        Ok(self.0.onnx(graph, only_value(inputs)?))
    }
}
