//! A map of all products of two inputs.

use candle_core::{Tensor, Var};

use super::affine::{flat, onnx_flat, onnx_map, unflat};
use super::init::{Init, Initial};
use super::{Activation, Arity, BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule};
use crate::error::At as _;
use crate::graph::autograd::reshape;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// `y[o] = sum over i, j of W[o, i, j] a[i] b[j]`, and `b[o]` added: a linear map of all products of the numbers of two inputs,
/// which are flattened, as PyTorch's `Bilinear`.
///
/// ```
/// use modularml::graph::Bilinear;
///
/// let match_of_two = Bilinear::to([1]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(arity = Arity { least: 2, most: 2 }, shape = ShapeRule::Crossed(self.output), learns = Learns::BySteps, padding = OnPadding::Zeros, allows_repeat = self.allow_repeat)]
pub struct Bilinear {
    /// The shape of the output; that of the predicted target when not given.
    #[setting(default = None, at_least = 1.0)]
    output: Option<Shape>,
    /// No b is added.
    #[setting(default = false)]
    no_bias: bool,
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
    /// How the initial weights are drawn; `FanIn` is uniform in ±1 / sqrt of the numbers of the first input, as in PyTorch.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl Bilinear {
    /// A map to an output of this shape.
    #[must_use]
    pub const fn to<const N: usize>(axes: [usize; N]) -> Self {
        Self::new().output(axes)
    }
}

impl BuildLayer for Bilinear {
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let widths = build.inputs.iter().map(Shape::elements).collect::<Option<Vec<usize>>>();
        let (Some([first, second]), outputs) = (widths.as_deref(), build.output_width()?) else {
            return Err(Error::Component("Bilinear takes two inputs of numbers that can be counted".to_owned()));
        };
        let dims = [outputs, *first, *second];
        let Some(count) = Shape::new(&dims).elements() else {
            return Err(Error::Component("Bilinear would have more numbers than can be counted".to_owned()));
        };
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let weight = if self.init == Init::FanIn {
            let values = initial.uniform(count, 1.0 / (*first.max(&1) as f64).sqrt());
            initial.parameter(values, &dims)
        } else {
            initial.weight(&dims)
        };
        let weight = weight.at(|| "initial weights".to_owned())?;
        let mut bias = || initial.bias(outputs, *first).at(|| "initial biases".to_owned());
        let bias = if self.no_bias { None } else { Some(bias()?) };
        Ok(Box::new(Running { weight, bias, activation: Activation::Identity, output: build.output }))
    }
}

struct Running {
    /// `[outputs, numbers of the first input, of the second]`
    weight: Var,
    bias: Option<Var>,
    activation: Activation,
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let [a, b] = inputs else {
            return Err(Error::Component(format!("Bilinear takes two inputs, found {}", inputs.len())));
        };
        let products = flat(&flat(a)?.unsqueeze(2)?.broadcast_mul(&flat(b)?.unsqueeze(1)?)?)?;
        let weight = mode.parameter(&self.weight)?;
        let weight = reshape(&weight, (weight.dim(0)?, products.dim(1)?))?;
        let bias = self.bias.as_ref().map(|bias| mode.parameter(bias)).transpose()?;
        Ok(unflat(&self.activation.of_map(&products, &weight, bias.as_ref())?, &self.output)?)
    }

    fn take_over(&mut self, activation: Activation) -> bool {
        self.activation.take_over(activation)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let bias = self.bias.iter().map(|bias| ("bias".to_owned(), bias.clone()));
        std::iter::once(("weight".to_owned(), self.weight.clone())).chain(bias).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let [a, b] = inputs else {
            return Err(Error::Component(format!("Bilinear takes two inputs, found {}", inputs.len())));
        };
        let (a, b) = (graph.reshape(a, &[a.width(), 1]), graph.reshape(b, &[1, b.width()]));
        let products = graph.binary("Mul", &a, &b);
        let products = onnx_flat(graph, &products);
        let weight = self.weight.reshape((self.weight.dim(0)?, products.width()))?;
        let y = onnx_map(graph, &products, &weight, self.bias.as_deref())?;
        let y = graph.reshape(&y, self.output.axes());
        Ok(self.activation.onnx(graph, &y))
    }
}
