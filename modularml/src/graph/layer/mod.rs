//! Layers: what can stand as a node of a graph.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor, Var};

use crate::Result;
use crate::data::Shape;
use crate::list::Name;
use crate::random::Rng;
use crate::settings::Settings;

/// The function at the end of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// No function.
    #[default]
    Identity,
    /// max(x, 0), with gradient 0 at 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// x * Phi(x) with the exact normal distribution function.
    Gelu,
    /// x * sigmoid(x).
    Silu,
    /// Shares that sum to 1 over the last axis.
    Softmax,
    /// The logarithm of `Softmax`.
    LogSoftmax,
}

impl Activation {
    /// The name.
    #[must_use]
    pub const fn name(self) -> Name {
        match self {
            Self::Identity => "Identity",
            Self::Relu => "Relu",
            Self::Tanh => "Tanh",
            Self::Sigmoid => "Sigmoid",
            Self::Gelu => "Gelu",
            Self::Silu => "Silu",
            Self::Softmax => "Softmax",
            Self::LogSoftmax => "LogSoftmax",
        }
    }
}

/// How many inputs a layer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly one.
    One,
    /// Two or more: a merge.
    Several,
}

/// How a layer's output shape follows from its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeRule {
    /// Any input, flattened; the output is stated by a setting or taken from the target.
    Stated(Option<Shape>),
    /// Inputs joined along one axis, where -1 is the last; all other axes are equal.
    Concat {
        /// The axis, the batch axis not counted.
        axis: i64,
    },
    /// A vector becomes a single number.
    Reduced,
}

/// How a layer comes by its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learns {
    /// It has none.
    Nothing,
    /// By steps along a gradient, in train phases.
    BySteps,
    /// From all rows at once, in fit phases.
    ByFit,
}

/// A layer with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct LayerSpec {
    /// The registered name, for example `Mlp`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// How many inputs it takes.
    pub arity: Arity,
    /// Its output shape.
    pub shape: ShapeRule,
    /// How it learns.
    pub learns: Learns,
    /// Whether a gradient passes from its output to its inputs.
    pub passes_gradient: bool,
    /// The function at its end.
    pub activation: Activation,
    /// Whether one input may stand twice among the inputs (merges only).
    pub allows_repeat: bool,
    /// Makes the layer with its initial weights.
    pub build: fn(&Settings, LayerBuild) -> Result<Box<dyn Layer>>,
}

/// What a layer is built from.
#[derive(Debug)]
pub struct LayerBuild {
    /// The shapes of its inputs.
    pub inputs: Vec<Shape>,
    /// The shape of its output.
    pub output: Shape,
    /// The type of its parameters: f32 or f64.
    pub dtype: DType,
    /// The generator of its initial weights.
    pub rng: Rng,
}

/// How a layer is being run.
#[derive(Debug)]
pub enum Mode {
    /// Noise is off.
    Eval,
    /// Noise such as dropout is on and drawn from the generator.
    Train(Rng),
}

/// A running layer.
pub trait Layer: Send {
    /// Computes the output for a batch; the first axis of every tensor counts the rows.
    ///
    /// # Errors
    /// When a computation fails, or a fitted layer has not been fitted.
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor>;

    /// The parameters that steps change, by names such as `0.weight`, in order.
    fn parameters(&self) -> Vec<(String, Var)> {
        Vec::new()
    }

    /// Learns from all rows at once, where [`LayerSpec::learns`] is [`Learns::ByFit`].
    ///
    /// # Errors
    /// When the layer cannot be fitted to these rows.
    fn fit(&mut self, inputs: &[Tensor], target: &Tensor) -> Result<()> {
        let _ = (inputs, target);
        Ok(())
    }

    /// Everything that saving must keep, by name: parameters and what was fitted.
    fn state(&self) -> BTreeMap<String, Tensor> {
        self.parameters().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect()
    }

    /// Takes over a saved state whole, or refuses it and changes nothing.
    ///
    /// # Errors
    /// When a name is missing or unknown, or a shape differs.
    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()>;
}
