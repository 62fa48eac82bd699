//! Categories as their numbers.

use super::categories::{Categories, find, unknown};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;

/// Replaces each value by the number of its category, from 0, in ascending order of the values.
///
/// Categories are the different values of the rows that it learns from. NaN stays NaN. A value that is no category is
/// refused, by row, unless [`ignore_unknown`](Self::ignore_unknown) is said. A class column keeps the numbers that the
/// schema gives its classes. As scikit-learn's `OrdinalEncoder`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(encodes = true)]
pub struct Ordinal {
    /// Gives -1 for a value that is no category; it comes back as NaN.
    #[setting(default = false)]
    ignore_unknown: bool,
}

impl Scaler for Ordinal {
    type Fitted = FittedOrdinal;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedOrdinal> {
        let categories = Categories::learn(rows, rows.classes())?;
        Ok(FittedOrdinal { categories, ignore_unknown: self.ignore_unknown })
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedOrdinal> {
        Ok(FittedOrdinal { categories: Categories::restore(state, shape)?, ignore_unknown: self.ignore_unknown })
    }
}

/// The categories of each position.
#[derive(Clone, Debug)]
pub struct FittedOrdinal {
    categories: Categories,
    ignore_unknown: bool,
}

impl FittedScaler for FittedOrdinal {
    #[allow(clippy::cast_precision_loss, reason = "numbers of categories are small")]
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        let of_positions = self.categories.of_positions();
        for (row, row_values) in values.chunks_exact_mut(of_positions.len().max(1)).enumerate() {
            for (position, (value, categories)) in row_values.iter_mut().zip(of_positions).enumerate() {
                if value.is_nan() {
                    continue;
                }
                *value = match find(categories, *value) {
                    Ok(number) => number as f64,
                    Err(_) if self.ignore_unknown => -1.0,
                    Err(_) => return Err(unknown(row, position, *value, categories)),
                };
            }
        }
        Ok(())
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates, and what lies below 0 or is NaN is left out"
    )]
    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        let of_positions = self.categories.of_positions();
        for row in values.chunks_exact_mut(of_positions.len().max(1)) {
            for (value, categories) in row.iter_mut().zip(of_positions) {
                let number = value.round();
                let known = number >= 0.0;
                *value = categories.get(number as usize).copied().filter(|_| known).unwrap_or(f64::NAN);
            }
        }
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.categories.of_positions().to_vec()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let of_positions = self.categories.of_positions();
        let x = &graph.reshape(x, &[of_positions.len()]);
        let mut parts = Vec::with_capacity(of_positions.len());
        for (position, categories) in of_positions.iter().enumerate() {
            let value = graph.slice(x, 0, position, position + 1);
            let hot = super::categories::onnx_equal(graph, &value, categories);
            let hot = graph.cast(&hot, x.element());
            let numbers: Vec<f64> = (0u32..).take(categories.len()).map(f64::from).collect();
            let numbers = graph.constant(x.element(), &numbers, &[categories.len()]);
            let number = graph.binary("Mul", &hot, &numbers);
            let number = graph.reduce("ReduceSum", &number, &[0], true);
            let known = graph.reduce("ReduceMax", &hot, &[0], true);
            let known = graph.compare_number("Greater", &known, 0.5);
            // What is refused here is no number there.
            let unknown = if self.ignore_unknown { -1.0 } else { f64::NAN };
            let unknown = graph.constant(x.element(), &[unknown], &[]);
            let number = graph.choose(&known, &number, &unknown);
            let missing = graph.is_nan(&value);
            parts.push(graph.choose(&missing, &value, &number));
        }
        let parts: Vec<&OnnxValue> = parts.iter().collect();
        Ok(graph.concat(&parts, 0))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let of_positions = self.categories.of_positions();
        // Rounded as here, halves away from 0.
        let moved = graph.with_number("Add", x, 0.5);
        let number = graph.unary("Floor", &moved);
        let below = graph.compare_number("LessOrEqual", x, -0.5);
        let none = graph.constant(x.element(), &[-1.0], &[]);
        let number = graph.choose(&below, &none, &number);
        Ok(super::categories::onnx_looked_up(graph, &number, of_positions, super::categories::Beyond::NoNumber))
    }
}
