//! Operators that layers and scalers have in common.

use super::graph::{int, ints};
use super::{Element, OnnxAttribute, OnnxGraph, OnnxValue};

impl OnnxGraph {
    /// An operator of one input that gives numbers of the same type and axes, as `Relu`.
    pub fn unary(&mut self, operator: &str, x: &OnnxValue) -> OnnxValue {
        self.unary_with(operator, x, &[])
    }

    /// The same with attributes.
    pub fn unary_with(&mut self, operator: &str, x: &OnnxValue, attributes: &[(&str, OnnxAttribute)]) -> OnnxValue {
        self.operator(operator, &[x], attributes, x.element(), x.axes())
    }

    /// An operator of two inputs of one type that are broadcast against each other, as `Add`. What has rows has as many axes
    /// as what it is joined with, or more.
    pub fn binary(&mut self, operator: &str, a: &OnnxValue, b: &OnnxValue) -> OnnxValue {
        let axes = broadcast(a.axes(), b.axes());
        self.operator(operator, &[a, b], &[], a.element(), &axes)
    }

    /// An operator of two inputs with one number more, as `x / 2`.
    pub fn with_number(&mut self, operator: &str, x: &OnnxValue, number: f64) -> OnnxValue {
        let number = self.constant(x.element(), &[number], &[]);
        self.binary(operator, x, &number)
    }

    /// A comparison of two inputs of one type, as `Less`.
    pub fn compare(&mut self, operator: &str, a: &OnnxValue, b: &OnnxValue) -> OnnxValue {
        let axes = broadcast(a.axes(), b.axes());
        self.operator(operator, &[a, b], &[], Element::Bool, &axes)
    }

    /// A comparison with a number.
    pub fn compare_number(&mut self, operator: &str, x: &OnnxValue, number: f64) -> OnnxValue {
        let number = self.constant(x.element(), &[number], &[]);
        self.compare(operator, x, &number)
    }

    /// Where a value is no number.
    pub fn is_nan(&mut self, x: &OnnxValue) -> OnnxValue {
        if x.element() == Element::Float {
            return self.operator("IsNaN", &[x], &[], Element::Bool, x.axes());
        }
        // tract has it in f32 alone; NaN alone differs from itself.
        let equal = self.compare("Equal", x, x);
        self.operator("Not", &[&equal], &[], Element::Bool, x.axes())
    }

    /// `then` where `condition` holds, else `other`.
    pub fn choose(&mut self, condition: &OnnxValue, then: &OnnxValue, other: &OnnxValue) -> OnnxValue {
        let axes = broadcast(&broadcast(condition.axes(), then.axes()), other.axes());
        self.operator("Where", &[condition, then, other], &[], then.element(), &axes)
    }

    /// The same values as another type; truth is 1.
    pub fn cast(&mut self, x: &OnnxValue, to: Element) -> OnnxValue {
        if x.element() == to {
            return x.clone();
        }
        let attributes = [("to", OnnxAttribute::Int(i64::from(to.code())))];
        self.operator("Cast", &[x], &attributes, to, x.axes())
    }

    /// The same numbers of a row under other axes.
    pub fn reshape(&mut self, x: &OnnxValue, axes: &[usize]) -> OnnxValue {
        if x.axes() == axes {
            return x.clone();
        }
        // 0 keeps the axis of the rows.
        let rows = x.has_rows().then_some(0);
        let dims: Vec<i64> = rows.into_iter().chain(axes.iter().map(|&axis| int(axis))).collect();
        let dims = self.integers(&dims, &[dims.len()]);
        self.operator("Reshape", &[x, &dims], &[], x.element(), axes)
    }

    /// The axes of a row in another order, each named by its place before.
    pub fn transpose(&mut self, x: &OnnxValue, order: &[usize]) -> OnnxValue {
        let axes: Vec<usize> = order.iter().map(|&axis| x.axes().get(axis).copied().unwrap_or(1)).collect();
        let order = ints(std::iter::once(0).chain(order.iter().map(|axis| axis + 1)));
        self.operator("Transpose", &[x], &[("perm", order)], x.element(), &axes)
    }

    /// Two axes of a row for each other.
    pub(crate) fn swap(&mut self, x: &OnnxValue, a: usize, b: usize) -> OnnxValue {
        let mut order: Vec<usize> = (0..x.axes().len()).collect();
        order.swap(a, b);
        self.transpose(x, &order)
    }

    /// The positions of an axis of a row that are named.
    pub fn gather(&mut self, x: &OnnxValue, axis: usize, positions: &[usize]) -> OnnxValue {
        let indices: Vec<i64> = positions.iter().map(|&position| int(position)).collect();
        let indices = self.integers(&indices, &[positions.len()]);
        let dims = resized(x.axes(), axis, positions.len());
        let attributes = [("axis", OnnxAttribute::Int(int(axis + 1)))];
        self.operator("Gather", &[x, &indices], &attributes, x.element(), &dims)
    }

    /// The positions of an axis of a row from one up to another.
    pub fn slice(&mut self, x: &OnnxValue, axis: usize, from: usize, to: usize) -> OnnxValue {
        let dims = resized(x.axes(), axis, to.saturating_sub(from));
        let [from, to, axis] = [from, to, axis + 1].map(|number| self.integers(&[int(number)], &[1]));
        self.operator("Slice", &[x, &from, &to, &axis], &[], x.element(), &dims)
    }

    /// Values one behind the other along an axis of a row.
    pub fn concat(&mut self, values: &[&OnnxValue], axis: usize) -> OnnxValue {
        let length = values.iter().filter_map(|value| value.axes().get(axis)).sum();
        let Some(first) = values.first() else { return self.numbers(&[], &[0]) };
        let dims = resized(first.axes(), axis, length);
        let attributes = [("axis", OnnxAttribute::Int(int(axis + 1)))];
        self.operator("Concat", values, &attributes, first.element(), &dims)
    }

    /// Numbers put before and behind an axis of a row.
    pub(crate) fn pad(&mut self, x: &OnnxValue, ends: &[(usize, usize)], number: f64) -> OnnxValue {
        if ends.iter().all(|ends| *ends == (0, 0)) {
            return x.clone();
        }
        let before = std::iter::once(0).chain(ends.iter().map(|ends| int(ends.0)));
        let behind = std::iter::once(0).chain(ends.iter().map(|ends| int(ends.1)));
        let pads: Vec<i64> = before.chain(behind).collect();
        let axes: Vec<usize> = x.axes().iter().zip(ends).map(|(axis, ends)| axis + ends.0 + ends.1).collect();
        let pads = self.integers(&pads, &[pads.len()]);
        let number = self.constant(x.element(), &[number], &[]);
        self.operator("Pad", &[x, &pads, &number], &[], x.element(), &axes)
    }

    /// The sum, mean or largest value over axes of a row: `ReduceSum`, `ReduceMean`, `ReduceMax`, `ReduceMin`. The axes are
    /// left out, or of length 1 where they are kept.
    pub fn reduce(&mut self, operator: &str, x: &OnnxValue, over: &[usize], keeps: bool) -> OnnxValue {
        let left = x.axes().iter().enumerate();
        let left = left.filter_map(|(axis, &size)| match over.contains(&axis) {
            true if keeps => Some(1),
            true => None,
            false => Some(size),
        });
        let axes: Vec<usize> = left.collect();
        let keeps = ("keepdims", OnnxAttribute::Int(i64::from(keeps)));
        let over: Vec<usize> = over.iter().map(|axis| axis + 1).collect();
        // The one of these operators that takes axes as an input in opset 17.
        if operator == "ReduceSum" {
            let over: Vec<i64> = over.into_iter().map(int).collect();
            let over = self.integers(&over, &[over.len()]);
            return self.operator(operator, &[x, &over], &[keeps], x.element(), &axes);
        }
        self.operator(operator, &[x], &[("axes", ints(over)), keeps], x.element(), &axes)
    }

    /// The product over the last axis of `a` and the one before the last of `b`, of each matrix by itself.
    pub fn matmul(&mut self, a: &OnnxValue, b: &OnnxValue) -> OnnxValue {
        let mut axes = a.axes().to_vec();
        if let (Some(last), Some(width)) = (axes.last_mut(), b.axes().last()) {
            *last = *width;
        }
        self.operator("MatMul", &[a, b], &[], a.element(), &axes)
    }

    /// Numbers below a bound as the bound, those above another as that.
    pub fn clip(&mut self, x: &OnnxValue, low: f64, high: f64) -> OnnxValue {
        let [low, high] = [low, high].map(|bound| self.constant(x.element(), &[bound], &[]));
        self.operator("Clip", &[x, &low, &high], &[], x.element(), x.axes())
    }
}

/// The axes of what is broadcast: they are compared from the last one on, and one of length 1 is repeated.
fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let of = |axes: &[usize], axis: usize| {
        let missing = rank - axes.len();
        axis.checked_sub(missing).and_then(|axis| axes.get(axis)).copied().unwrap_or(1)
    };
    (0..rank).map(|axis| of(a, axis).max(of(b, axis))).collect()
}

fn resized(before: &[usize], axis: usize, length: usize) -> Vec<usize> {
    let mut dims = before.to_vec();
    if let Some(size) = dims.get_mut(axis) {
        *size = length;
    }
    dims
}
