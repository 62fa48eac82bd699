//! Layers: what can stand as a node of a graph.

pub(crate) mod activation;

mod affine;
mod argmax;
mod attention;
mod attention_pool;
mod bilinear;
mod cnn1d;
mod codes;
mod concat;
mod conv;
mod conv_transpose;
mod dropout;
mod elementwise;
mod embedding;
mod flatten;
mod init;
mod linear;
pub(in crate::graph) mod lookups;
mod missing;
mod mlp;
mod norm;
mod of_sequence;
mod one_hot;
#[cfg(feature = "onnx")]
mod onnx;
mod own;
mod own_merge;
mod own_running;
pub(crate) mod padded;
mod pool;
mod positionwise;
mod prelu;
mod proportional_odds;
mod recurrent;
mod sequential;
mod stack;
mod time;
mod transformer;
mod transpose;
mod upsample;
use super::kernel::device::{beside, on_cpu, wide};
use super::kernel::half::widened;
use super::mask::{Mask, Masked};
pub use super::window::Padding;
use crate::error::At as _;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::random::Rng;
pub use crate::spec::{Arity, Fitting, LayerSpec, Learns, OnPadding, Predicts, ShapeRule, SlidingWindow, Times};
use crate::spec::{ColumnSpec, FromSettings, Settings};
use crate::text::{Name, Shape};
use crate::{Error, Result};
pub use activation::{
    Activation, Elu, Gelu, GeluTanh, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSoftmax, Mish, Relu, Relu6, Selu,
    Sigmoid, Silu, Softmax, Softplus, Softsign, Tanh,
};
pub use argmax::ArgMax;
pub use attention::MultiHeadAttention;
pub use attention_pool::AttentionPool;
pub use bilinear::Bilinear;
use candle_core::{DType, Device, Tensor, Var};
pub use cnn1d::Cnn1d;
pub use concat::Concat;
pub use conv::{Conv1d, Conv2d, Conv3d};
pub use conv_transpose::{ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};
pub use dropout::Dropout;
pub use elementwise::{Add, Mean, Multiply};
pub use embedding::Embedding;
pub use flatten::{Flatten, Reshape};
pub use init::Init;
pub use linear::Linear;
pub use missing::{FillMissing, IsMissing};
pub use mlp::Mlp;
pub use norm::{BatchNorm, GroupNorm, LayerNorm};
pub use of_sequence::{LastOfSequence, MaxOfSequence, MeanOfSequence, SumOfSequence};
pub use one_hot::OneHot;
#[cfg(feature = "onnx")]
pub use onnx::Onnx;
pub use own::{BuildModule, build_module};
pub use own_merge::{BuildMerge, MergeModule, build_merge};
pub use pool::{
    AdaptiveAvgPool, AvgPool1d, AvgPool2d, AvgPool3d, GlobalAvgPool, GlobalMaxPool, MaxPool1d, MaxPool2d, MaxPool3d,
};
pub use positionwise::PositionwiseLinear;
pub use prelu::PRelu;
pub use proportional_odds::ProportionalOdds;
pub use recurrent::{Gru, Lstm, Recurrence, Rnn};
pub use sequential::{Residual, Sequential};
pub use stack::Stack;
use std::collections::BTreeMap;
pub use time::{DayOfWeek, DayOfYear, Days, Elapsed, Hour, Month};
pub use transformer::TransformerEncoder;
pub use transpose::Transpose;
pub use upsample::{Interpolation, Upsample};

/// The code of a layer: makes it with its initial weights.
pub type Build = fn(&Settings, LayerBuild) -> Result<Box<dyn Layer>>;

impl LayerSpec {
    /// The layer with its initial weights.
    ///
    /// # Errors
    /// When it cannot be built of these shapes.
    pub fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        self.code.function::<Build>(self.name)?(&self.settings, build)
    }

    /// A layer of one input without parameters, through which a gradient passes and which keeps the shape.
    #[must_use]
    pub const fn of<L: BuildLayer + FromSettings>(name: Name, settings: Settings) -> Self {
        Self {
            name,
            settings,
            arity: Arity::ONE,
            shape: ShapeRule::Same { least_axes: 0 },
            learns: Learns::Nothing,
            passes_gradient: true,
            activation: Activation::Identity,
            allows_repeat: false,
            batch_statistics: false,
            padding: OnPadding::Refuses,
            code: code!(Build, |settings, build| L::from_settings(settings).build(build)),
        }
    }
}

/// What a layer is built from.
#[derive(Debug)]
pub struct LayerBuild {
    /// The shapes of its inputs.
    pub inputs: Vec<Shape>,
    /// The column that it reads, where it reads a column.
    pub column: Option<ColumnSpec>,
    /// The column that it predicts, where it predicts one.
    pub target: Option<ColumnSpec>,
    /// The shape of its output.
    pub output: Shape,
    /// The type of its parameters; those of half precision are computed with in f32.
    pub dtype: DType,
    /// Where its parameters are kept, and where its inputs are.
    pub device: Device,
    /// The generator of its initial weights.
    pub rng: Rng,
}

impl LayerBuild {
    /// The type of its inputs, and of all that it computes and keeps beside its parameters: f32 or f64.
    #[must_use]
    pub const fn computes_in(&self) -> DType {
        wide(self.dtype)
    }

    /// How many numbers the first input holds a row.
    ///
    /// # Errors
    /// When the layer has no input, or the count is none or overflows.
    pub fn input_width(&self) -> Result<usize> {
        let Some(input) = self.inputs.first() else {
            return Err(Error::Component("a layer needs an input, found none".to_owned()));
        };
        count(input)
    }

    /// How many numbers the output holds a row.
    ///
    /// # Errors
    /// When there is none, or the count overflows.
    pub fn output_width(&self) -> Result<usize> {
        count(&self.output)
    }
}

fn count(shape: &Shape) -> Result<usize> {
    match shape.elements() {
        Some(0) => {
            Err(Error::Component(format!("a value of shape {shape} holds no number; every axis must be at least 1")))
        }
        Some(count) => Ok(count),
        None => Err(Error::Component(format!("a value of shape {shape} holds more numbers than can be counted"))),
    }
}

/// How a layer of one's own makes the running layer itself, where a module is not enough: with noise from the generator
/// of [`Mode`], buffers, or layers inside it. Its struct has `#[derive(Layer)]`, and `#[layer(.., builds = layer)]` or
/// `#[spec(..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no running layer",
    label = "no running layer",
    note = "write: impl BuildLayer for {Self} {{ fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> }}"
)]
pub trait BuildLayer {
    /// Makes the layer with its initial weights.
    ///
    /// # Errors
    /// When there is no such layer.
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>>;
}

/// How a layer is being run.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one lives at a time, on the stack")]
pub enum Mode {
    /// Noise is off.
    Eval,
    /// Noise such as dropout is on and drawn from the generator; statistics are those of the batch.
    Train(Rng),
    /// Noise is off, and the parameters are constants: a gradient passes to the inputs only.
    Frozen,
}

impl Mode {
    /// A parameter as the tensor to compute with: in f32 where it is kept in half precision, and without a gradient
    /// where the layer is frozen.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn parameter(&self, parameter: &Var) -> candle_core::Result<Tensor> {
        match self {
            Self::Frozen => widened(&parameter.as_detached_tensor()),
            Self::Eval | Self::Train(_) => widened(parameter),
        }
    }
}

/// All rows that a layer is fitted to.
#[derive(Debug)]
pub struct FitRows {
    /// Its inputs, `[rows, shape..]` each, with zeros in place of padding.
    pub inputs: Vec<Tensor>,
    /// What it predicts, `[rows, shape..]`: numbers, bools as 0 and 1, classes as their codes in `u32`; none where it
    /// predicts nothing.
    pub target: Option<Tensor>,
    /// What each row weighs, from 0 on; none where all weigh 1.
    pub weights: Option<Vec<f64>>,
    /// The generator of what it draws.
    pub rng: Rng,
}

/// A running layer.
pub trait Layer: Send + Sync {
    /// Computes the output for a batch; the first axis of every tensor counts the rows.
    ///
    /// # Errors
    /// When a computation fails, or a fitted layer has not been fitted.
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor>;

    /// Computes the output for a batch of which some numbers are padding, behind rows that are shorter than others, and says
    /// where the output has values: none where it has no padding. It is called where an input has padding and
    /// [`LayerSpec::padding`] is [`OnPadding::Masks`] or [`OnPadding::Reduces`]. What stands in place of padding may be any
    /// number.
    ///
    /// # Errors
    /// As [`Layer::forward`], or when the layer cannot tell values from padding, as it cannot unless it says otherwise.
    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let _ = (inputs, masks, mode);
        Err(Error::Component("it cannot tell values from the padding of shorter rows".to_owned()))
    }

    /// Whether [`forward_masked`](Self::forward_masked) takes `[rows, length, ..]` of any length and gives as many positions,
    /// so that a batch in which all rows are shorter than their column declares is computed no further than its longest row.
    fn takes_any_length(&self) -> bool {
        false
    }

    /// The parameters that steps change, by names such as `0.weight`, in order.
    fn parameters(&self) -> Vec<(String, Var)> {
        Vec::new()
    }

    /// What training changes without a gradient, such as running means, by name: saved with the parameters, and never
    /// given to an optimizer.
    fn buffers(&self) -> Vec<(String, Var)> {
        Vec::new()
    }

    /// The bytes of the file that the layer is made of, where it is; they are in its state as `model`, too.
    #[doc(hidden)]
    fn file(&self) -> Option<Tensor> {
        None
    }

    /// Computes a function of its output from now on, where it can do so in one go; false where it cannot and changes
    /// nothing.
    fn take_over(&mut self, activation: Activation) -> bool {
        let _ = activation;
        false
    }

    /// Learns from all rows at once, where [`LayerSpec::learns`] is [`Learns::ByFit`].
    ///
    /// # Errors
    /// When the layer cannot be fitted to these rows.
    fn fit(&mut self, rows: FitRows) -> Result<()> {
        let _ = rows;
        Err(Error::Component("this layer learns by steps; use a train phase".to_owned()))
    }

    /// Everything that saving must keep, by name: parameters, buffers and what was fitted. The tensors are copies, which later
    /// steps do not change.
    ///
    /// # Errors
    /// When a tensor cannot be copied.
    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let kept = self.parameters().into_iter().chain(self.buffers());
        kept.map(|(name, var)| Ok((name, var.as_detached_tensor().copy()?))).collect()
    }

    /// Takes over a saved state whole, or refuses it and changes nothing.
    ///
    /// # Errors
    /// When a name is missing or unknown, or a shape differs.
    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let kept: Vec<_> = self.parameters().into_iter().chain(self.buffers()).collect();
        let shapes: Vec<_> = kept.iter().map(|(name, var)| (name.as_str(), var.dims())).collect();
        check_state(&shapes, state)?;
        for (name, var) in &kept {
            if let Some(value) = state.get(name) {
                set(var, value).at(|| name.clone())?;
            }
        }
        Ok(())
    }

    /// Adds what the layer computes to a graph of ONNX, without noise. Each input has one value a row, in the type of
    /// [`OnnxGraph::computes_in`], or times as `int64`.
    ///
    /// # Errors
    /// When the layer tells no operators, as it does unless it says otherwise, or has not been fitted.
    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let _ = (graph, inputs);
        let problem = "it tells no operators of ONNX; a running layer of one's own tells them in `Layer::onnx`";
        Err(Error::Component(problem.to_owned()))
    }
}

/// The input of a layer that takes one.
fn only(inputs: &[Tensor]) -> Result<&Tensor> {
    match inputs {
        [x] => Ok(x),
        _ => Err(Error::Component(format!("a layer of one input was given {}", inputs.len()))),
    }
}

/// The input of a layer that takes one, in a graph of ONNX.
fn only_value(inputs: &[OnnxValue]) -> Result<&OnnxValue> {
    match inputs {
        [x] => Ok(x),
        _ => Err(Error::Component(format!("a layer of one input was given {}", inputs.len()))),
    }
}

fn set(var: &Var, value: &Tensor) -> candle_core::Result<()> {
    var.set(&beside(var, &on_cpu(value)?)?.contiguous()?)
}

/// Refuses a state that has not exactly these names with these shapes, as numbers.
fn check_state(expected: &[(&str, &[usize])], state: &BTreeMap<String, Tensor>) -> Result<()> {
    for (name, shape) in expected {
        let Some(value) = state.get(*name) else {
            return Err(Error::State(format!("`{name}` is missing")));
        };
        if value.dims() != *shape {
            return Err(Error::State(format!("`{name}` has shape {:?}, {shape:?} is needed", value.dims())));
        }
        if !value.dtype().is_float() {
            return Err(Error::State(format!("`{name}` holds {:?}, floats are needed", value.dtype())));
        }
    }
    match state.keys().find(|key| expected.iter().all(|(name, _)| name != key)) {
        Some(unknown) => Err(Error::State(format!("`{unknown}` is not known here"))),
        None => Ok(()),
    }
}
