//! Scaling each sample to length 1.

use super::rows::refuse;
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::{Shape, choices};

/// How long a sample is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Norm {
    /// The sum of absolute values.
    L1,
    /// The square root of the sum of squares.
    #[default]
    L2,
    /// The largest absolute value.
    Max,
}

choices!(Norm: L1, L2, Max);

/// Divides each sample by its length, so that it has length 1; a sample of zeros stays as it is.
///
/// It learns nothing, has no inverse, and refuses NaN. As scikit-learn's `Normalizer`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(inverts = false, of_sample = true)]
pub struct Normalizer {
    /// How length is measured.
    #[setting(default = Norm::L2)]
    norm: Norm,
}

impl Scaler for Normalizer {
    type Fitted = FittedNormalizer;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedNormalizer> {
        rows.for_each_chunk(|first, values| refuse(first, values, rows.width(), "a number", f64::is_nan))?;
        self.restore(&[], rows.shape())
    }

    fn restore(&self, _: &[Vec<f64>], shape: Shape) -> Result<FittedNormalizer> {
        Ok(FittedNormalizer { norm: self.norm, width: super::values::width(shape)? })
    }
}

/// A norm of rows of one width.
#[derive(Clone, Copy, Debug)]
pub struct FittedNormalizer {
    norm: Norm,
    width: usize,
}

impl FittedScaler for FittedNormalizer {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        for (first, row) in values.chunks_exact_mut(self.width).enumerate() {
            let length = match self.norm {
                Norm::L1 => row.iter().map(|value| value.abs()).sum(),
                Norm::L2 => row.iter().map(|value| value * value).sum::<f64>().sqrt(),
                Norm::Max => row.iter().fold(0.0, |length: f64, value| length.max(value.abs())),
            };
            // The largest value does not see NaN.
            if length.is_nan() || (self.norm == Norm::Max && row.iter().any(|value| value.is_nan())) {
                refuse(first, row, self.width, "a number", f64::is_nan)?;
            }
            let length = super::affine::one_for_zero(length);
            for value in row.iter_mut() {
                *value /= length;
            }
        }
        Ok(())
    }

    fn inverse(&self, _: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        Err(super::no_inverse())
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let flat = graph.reshape(x, &[self.width]);
        let sizes = graph.unary("Abs", &flat);
        let length = match self.norm {
            Norm::L1 => graph.reduce("ReduceSum", &sizes, &[0], true),
            Norm::L2 => {
                let squares = graph.binary("Mul", &flat, &flat);
                let sum = graph.reduce("ReduceSum", &squares, &[0], true);
                graph.unary("Sqrt", &sum)
            }
            Norm::Max => graph.reduce("ReduceMax", &sizes, &[0], true),
        };
        let is_zero = graph.compare_number("Less", &length, 10.0 * f64::EPSILON);
        let one = graph.constant(x.element(), &[1.0], &[]);
        let length = graph.choose(&is_zero, &one, &length);
        Ok(graph.binary("Div", &flat, &length))
    }
}
