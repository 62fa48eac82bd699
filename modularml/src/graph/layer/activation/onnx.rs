//! What activations are in operators of ONNX.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::{Activation, functions};
use crate::graph::pointwise::Function;
use crate::onnx::{Element, OnnxAttribute, OnnxGraph, OnnxValue};

/// A function of one number that ONNX can tell.
pub(super) trait Told: Function {
    fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue;
}

impl Activation {
    /// Adds the function to a graph of ONNX.
    pub(crate) fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let named = |graph: &mut OnnxGraph, operator| graph.unary(operator, x);
        match self {
            Self::Identity => x.clone(),
            Self::Relu => named(graph, "Relu"),
            Self::Tanh => tanh(graph, x),
            Self::Sigmoid => sigmoid(graph, x),
            Self::Softsign => named(graph, "Softsign"),
            Self::LeakyRelu => functions::LeakyRelu { slope: 0.01 }.onnx(graph, x),
            Self::Elu => functions::Elu { alpha: 1.0 }.onnx(graph, x),
            Self::Hardtanh => functions::Hardtanh { low: -1.0, high: 1.0 }.onnx(graph, x),
            Self::Softplus => functions::Softplus { beta: 1.0, threshold: 20.0 }.onnx(graph, x),
            Self::Relu6 => graph.clip(x, 0.0, 6.0),
            Self::Softmax | Self::LogSoftmax => self.onnx_over(graph, x, x.axes().len().saturating_sub(1)),
            Self::Selu => {
                let alpha = ("alpha", OnnxAttribute::Float(functions::Selu::ALPHA));
                graph.unary_with("Selu", x, &[alpha, ("gamma", OnnxAttribute::Float(functions::Selu::SCALE))])
            }
            Self::Silu => {
                let sigmoid = sigmoid(graph, x);
                graph.binary("Mul", x, &sigmoid)
            }
            Self::Hardsigmoid => hardsigmoid(graph, x),
            Self::Hardswish => {
                let sigmoid = hardsigmoid(graph, x);
                graph.binary("Mul", x, &sigmoid)
            }
            Self::Gelu => {
                let scaled = graph.with_number("Mul", x, FRAC_1_SQRT_2);
                // Runtimes have it in f32 alone.
                let scaled = graph.cast(&scaled, Element::Float);
                let error = graph.unary("Erf", &scaled);
                let error = graph.cast(&error, x.element());
                half_of_more(graph, x, &error)
            }
            Self::GeluTanh => {
                let square = graph.binary("Mul", x, x);
                let cubic = graph.with_number("Mul", &square, functions::GeluTanh::CUBIC);
                let factor = graph.with_number("Add", &cubic, 1.0);
                let inner = graph.binary("Mul", x, &factor);
                let inner = graph.with_number("Mul", &inner, FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
                let tanh = tanh(graph, &inner);
                half_of_more(graph, x, &tanh)
            }
            Self::Mish => {
                let above = softplus(graph, x);
                let tanh = tanh(graph, &above);
                graph.binary("Mul", x, &tanh)
            }
        }
    }

    /// Adds shares over an axis of a row.
    pub(super) fn onnx_over(self, graph: &mut OnnxGraph, x: &OnnxValue, axis: usize) -> OnnxValue {
        // The axis of the rows comes before.
        let axis = OnnxAttribute::Int(crate::onnx::int(axis + 1));
        // A row of one number is all of its share.
        let shape = if x.axes().is_empty() { vec![1] } else { x.axes().to_vec() };
        let whole = graph.reshape(x, &shape);
        let shares = graph.unary_with(self.name(), &whole, &[("axis", axis)]);
        graph.reshape(&shares, x.axes())
    }
}

/// 1 / (1 + exp(-x)), which not every runtime has in f64.
fn sigmoid(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    if x.element() != Element::Double {
        return graph.unary("Sigmoid", x);
    }
    let negated = graph.unary("Neg", x);
    let power = graph.unary("Exp", &negated);
    let more = graph.with_number("Add", &power, 1.0);
    let one = graph.constant(x.element(), &[1.0], &[]);
    graph.binary("Div", &one, &more)
}

/// 2 sigmoid(2 x) - 1 in f64.
fn tanh(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    if x.element() != Element::Double {
        return graph.unary("Tanh", x);
    }
    let twice = graph.with_number("Mul", x, 2.0);
    let sigmoid = sigmoid(graph, &twice);
    let wide = graph.with_number("Mul", &sigmoid, 2.0);
    graph.with_number("Sub", &wide, 1.0)
}

/// x (1 + y) / 2.
fn half_of_more(graph: &mut OnnxGraph, x: &OnnxValue, y: &OnnxValue) -> OnnxValue {
    let more = graph.with_number("Add", y, 1.0);
    let product = graph.binary("Mul", x, &more);
    graph.with_number("Mul", &product, 0.5)
}

fn hardsigmoid(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    let moved = graph.with_number("Add", x, 3.0);
    let bounded = graph.clip(&moved, 0.0, 6.0);
    graph.with_number("Div", &bounded, 6.0)
}

/// log(1 + exp(x)), by exponentials of negative numbers alone, which cannot overflow.
pub(in crate::graph::layer) fn softplus(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    let (above, size) = (graph.unary("Relu", x), graph.unary("Abs", x));
    let negated = graph.unary("Neg", &size);
    let small = graph.unary("Exp", &negated);
    let more = graph.with_number("Add", &small, 1.0);
    let logarithm = graph.unary("Log", &more);
    graph.binary("Add", &above, &logarithm)
}

impl Told for functions::LeakyRelu {
    fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        graph.unary_with("LeakyRelu", x, &[("alpha", OnnxAttribute::Float(self.slope))])
    }
}

impl Told for functions::Elu {
    fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        graph.unary_with("Elu", x, &[("alpha", OnnxAttribute::Float(self.alpha))])
    }
}

impl Told for functions::Hardtanh {
    fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        graph.clip(x, self.low, self.high)
    }
}

impl Told for functions::Softplus {
    fn onnx(self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let scaled = graph.with_number("Mul", x, self.beta);
        let above = softplus(graph, &scaled);
        let above = graph.with_number("Div", &above, self.beta);
        let is_far = graph.compare_number("Greater", &scaled, self.threshold);
        graph.choose(&is_far, x, &above)
    }
}
