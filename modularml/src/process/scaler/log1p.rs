//! Logarithms of amounts from 0 on.

use super::rows::refuse;
use super::values::width;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Replaces each value by the natural logarithm of one more than it, `ln(1 + x)`: for amounts and counts from 0 on, of which
/// a few are much larger than the others.
///
/// It learns nothing. Values must be above -1; NaN is kept. The inverse is `exp(y) - 1`. Both are computed without the loss of
/// digits near 0, as numpy's `log1p` and `expm1`; scikit-learn's `FunctionTransformer(np.log1p, inverse_func=np.expm1)`.
///
/// ```
/// use modularml::data::Shape;
/// use modularml::prelude::*;
/// use modularml::process::TrainingRows;
///
/// let income = TrainingRows::of(&[0.0, 20_000.0, 3e6], Shape::SCALAR)?;
/// let fitted = Log1p.spec().fit(&income)?;
/// let mut values = vec![99.0];
/// fitted.transform(&mut values)?;
/// assert_eq!(values, [100f64.ln()]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Log1p;

impl Scaler for Log1p {
    type Fitted = FittedLog1p;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedLog1p> {
        let fitted = self.restore(&[], rows.shape())?;
        rows.for_each_chunk(|first, values| fitted.check(first, values))?;
        Ok(fitted)
    }

    fn restore(&self, _: &[Vec<f64>], shape: Shape) -> Result<FittedLog1p> {
        Ok(FittedLog1p { width: width(shape)? })
    }
}

/// The logarithm, of rows of one width.
#[derive(Clone, Copy, Debug)]
pub struct FittedLog1p {
    width: usize,
}

impl FittedLog1p {
    /// Refuses values that have no logarithm, the first of them in this row.
    fn check(self, first: usize, values: &[f64]) -> Result<()> {
        refuse(first, values, self.width, "a number above -1; put MinMax before it, or take Power", |value| {
            value <= -1.0
        })
    }
}

impl FittedScaler for FittedLog1p {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        self.check(0, values)?;
        for value in values.iter_mut() {
            *value = value.ln_1p();
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        for value in values.iter_mut() {
            *value = value.exp_m1();
        }
        Ok(())
    }

    /// In f64, where what is lost of numbers near 0 is far below what a graph of f32 tells apart.
    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let more = graph.with_number("Add", x, 1.0);
        Ok(graph.unary("Log", &more))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let power = graph.unary("Exp", x);
        Ok(graph.with_number("Sub", &power, 1.0))
    }
}
