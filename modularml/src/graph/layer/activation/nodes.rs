//! Activations as nodes of their own.

use candle_core::Tensor;

use super::{Activation, functions};
use crate::Result;
use crate::error::At as _;
use crate::graph::layer::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, only};
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::graph::pointwise::{self, Function};

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
    /// x, cut to -1 below and 1 above; the gradient at both ends is 0.
    Hardtanh
    /// 1 / (1 + exp(-x)).
    Sigmoid
    /// exp(x) / sum(exp(x)): shares that sum to 1 over the last axis.
    Softmax
    /// x - log(sum(exp(x))): the logarithm of [`Softmax`] over the last axis.
    LogSoftmax
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

    /// No share goes to padding.
    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let x = only(inputs)?;
        let Some(mask) = masks.first().and_then(Option::as_ref) else { return Ok((self.0.apply(x)?, None)) };
        Ok((mask.zero(&self.0.apply(&mask.fill(x, LOWEST)?)?)?, Some(mask.clone())))
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

impl<F: Function> Layer for OfEach<F> {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        pointwise::apply(only(inputs)?, self.0).at(|| F::NAME.to_owned())
    }
}
