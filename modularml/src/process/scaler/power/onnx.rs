//! Power transforms in operators of ONNX.

use super::{Curve, FittedPower, growth};
use crate::onnx::{Element, OnnxGraph, OnnxValue};

impl FittedPower {
    /// A number of the curve of each position.
    fn onnx_of_curves(graph: &mut OnnxGraph, x: &OnnxValue, numbers: impl Iterator<Item = f64>) -> OnnxValue {
        let numbers: Vec<f64> = numbers.collect();
        graph.constant(x.element(), &numbers, x.axes())
    }

    /// [`growth`], or what undoes it, with the exponent of each position.
    fn onnx_grown(graph: &mut OnnxGraph, x: &OnnxValue, exponents: &[f64], undo: bool) -> OnnxValue {
        let is_zero = |exponent: f64| exponent.abs() < f64::EPSILON;
        let divisors = exponents.iter().map(|&exponent| if is_zero(exponent) { 1.0 } else { exponent });
        let divisors = Self::onnx_of_curves(graph, x, divisors);
        let product = graph.binary("Mul", x, &divisors);
        let grown = if undo {
            let bounded = graph.with_number("Max", &product, f64::EPSILON - 1.0);
            let more = graph.with_number("Add", &bounded, 1.0);
            graph.unary("Log", &more)
        } else {
            let power = graph.unary("Exp", &product);
            graph.with_number("Sub", &power, 1.0)
        };
        let grown = graph.binary("Div", &grown, &divisors);
        if !exponents.iter().any(|&exponent| is_zero(exponent)) {
            return grown;
        }
        let zeros = exponents.iter().map(|&exponent| f64::from(u8::from(is_zero(exponent)))).collect::<Vec<_>>();
        let zeros = graph.constant(Element::Bool, &zeros, x.axes());
        graph.choose(&zeros, x, &grown)
    }

    /// Adds the powers of values.
    pub(super) fn onnx_power(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let curves = || self.learned.iter().map(|(curve, ..)| *curve);
        let power = if self.box_cox {
            let logarithm = graph.unary("Log", x);
            let references = Self::onnx_of_curves(graph, x, curves().map(|curve| curve.reference));
            let moved = graph.binary("Sub", &logarithm, &references);
            let exponents: Vec<f64> = curves().map(|curve| curve.exponent).collect();
            Self::onnx_grown(graph, &moved, &exponents, false)
        } else {
            let size = graph.unary("Abs", x);
            let more = graph.with_number("Add", &size, 1.0);
            let logarithm = graph.unary("Log", &more);
            let (sign, own) =
                (graph.unary("Sign", x), Self::onnx_of_curves(graph, x, curves().map(|curve| curve.side().0)));
            let logarithm = graph.binary("Mul", &logarithm, &sign);
            let logarithm = graph.binary("Mul", &logarithm, &own);
            let exponents: Vec<f64> = curves().map(|curve| curve.side().1).collect();
            let others: Vec<f64> = exponents.iter().map(|exponent| 2.0 - exponent).collect();
            let references = Self::onnx_of_curves(graph, x, curves().map(|curve| curve.side().2));
            let moved = graph.binary("Sub", &logarithm, &references);
            let above = Self::onnx_grown(graph, &moved, &exponents, false);
            let negated = graph.unary("Neg", &logarithm);
            let below = Self::onnx_grown(graph, &negated, &others, false);
            let below = graph.unary("Neg", &below);
            let of_reference = |curve: Curve| growth(curve.side().1, curve.side().2);
            let grown = Self::onnx_of_curves(graph, x, curves().map(of_reference));
            let factor = |curve: Curve| (-curve.side().1 * curve.side().2).exp();
            let factors = Self::onnx_of_curves(graph, x, curves().map(factor));
            let below = graph.binary("Sub", &below, &grown);
            let below = graph.binary("Mul", &below, &factors);
            let is_above = graph.compare_number("GreaterOrEqual", &logarithm, 0.0);
            let power = graph.choose(&is_above, &above, &below);
            graph.binary("Mul", &power, &own)
        };
        let shifts = Self::onnx_of_curves(graph, x, self.learned.iter().map(|(_, shift, _)| *shift));
        let scales = Self::onnx_of_curves(graph, x, self.learned.iter().map(|(.., scale)| *scale));
        let centred = graph.binary("Sub", &power, &shifts);
        graph.binary("Div", &centred, &scales)
    }

    /// Adds the values of powers.
    pub(super) fn onnx_undone(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let curves = || self.learned.iter().map(|(curve, ..)| *curve);
        let shifts = Self::onnx_of_curves(graph, x, self.learned.iter().map(|(_, shift, _)| *shift));
        let scales = Self::onnx_of_curves(graph, x, self.learned.iter().map(|(.., scale)| *scale));
        let wide = graph.binary("Mul", x, &scales);
        let power = graph.binary("Add", &wide, &shifts);
        if self.box_cox {
            let exponents: Vec<f64> = curves().map(|curve| curve.exponent).collect();
            let undone = Self::onnx_grown(graph, &power, &exponents, true);
            let references = Self::onnx_of_curves(graph, x, curves().map(|curve| curve.reference));
            let logarithm = graph.binary("Add", &undone, &references);
            return graph.unary("Exp", &logarithm);
        }
        let own = Self::onnx_of_curves(graph, x, curves().map(|curve| curve.side().0));
        let power = graph.binary("Mul", &power, &own);
        let exponents: Vec<f64> = curves().map(|curve| curve.side().1).collect();
        let others: Vec<f64> = exponents.iter().map(|exponent| 2.0 - exponent).collect();
        let references = Self::onnx_of_curves(graph, x, curves().map(|curve| curve.side().2));
        let undone = Self::onnx_grown(graph, &power, &exponents, true);
        let above = graph.binary("Add", &undone, &references);
        let above = graph.unary("Exp", &above);
        let above = graph.with_number("Sub", &above, 1.0);
        let factors = curves().map(|curve| (curve.side().1 * curve.side().2).exp());
        let factors = Self::onnx_of_curves(graph, x, factors);
        let grown = Self::onnx_of_curves(graph, x, curves().map(|curve| growth(curve.side().1, curve.side().2)));
        let moved = graph.binary("Mul", &power, &factors);
        let moved = graph.binary("Add", &moved, &grown);
        let negated = graph.unary("Neg", &moved);
        let below = Self::onnx_grown(graph, &negated, &others, true);
        let below = graph.unary("Exp", &below);
        let one = graph.constant(x.element(), &[1.0], &[]);
        let below = graph.binary("Sub", &one, &below);
        let bounds = curves().map(|curve| growth(curve.side().1, -curve.side().2));
        let bounds = Self::onnx_of_curves(graph, x, bounds);
        let is_above = graph.compare("GreaterOrEqual", &power, &bounds);
        let value = graph.choose(&is_above, &above, &below);
        graph.binary("Mul", &value, &own)
    }
}
