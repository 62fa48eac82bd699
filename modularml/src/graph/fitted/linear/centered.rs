//! Rows as linear regressions take them: around their means, and with their weights.

use super::super::model::Rows;
use super::super::target::Target;
use crate::{Error, Result};

/// X and Y with the means taken off, each row times the root of its weight, so that products of two rows have its weight.
pub(super) struct Centered {
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    x_means: Vec<f64>,
    y_means: Vec<f64>,
}

impl Centered {
    /// The rows of a model of numbers; where it has no bias, the means stay.
    ///
    /// # Errors
    /// When the target is no number.
    pub(super) fn of(model: &str, rows: Rows, has_bias: bool) -> Result<Self> {
        let Target::Numbers { values: mut y, width: outputs } = rows.target else {
            return Err(Error::Component(format!("{model} predicts numbers")));
        };
        let inputs = rows.table.width();
        let mut x = rows.table.into_numbers();
        let weights = rows.weights.as_deref();
        let x_means = center(&mut x, inputs, weights, has_bias);
        let y_means = center(&mut y, outputs, weights, has_bias);
        Ok(Self { x, y, inputs, outputs, x_means, y_means })
    }

    /// The biases that carry the means, with weights `[outputs, inputs]`: mean(Y) - W mean(X).
    pub(super) fn bias(&self, weight: &[f64]) -> Vec<f64> {
        let carried = |weight: &[f64]| weight.iter().zip(&self.x_means).map(|(w, mean)| w * mean).sum::<f64>();
        self.y_means.iter().zip(weight.chunks_exact(self.inputs.max(1))).map(|(y, w)| y - carried(w)).collect()
    }
}

/// Takes the mean of each column off, where wanted, multiplies each row by the root of its weight, and returns the means
/// that it took.
fn center(matrix: &mut [f64], width: usize, weights: Option<&[f64]>, takes_means: bool) -> Vec<f64> {
    let width = width.max(1);
    let weight = |row: usize| weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
    let (mut means, mut sum) = (vec![0.0; width], 0.0);
    if takes_means {
        for (at, row) in matrix.chunks_exact(width).enumerate() {
            let weight = weight(at);
            sum += weight;
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += weight * value;
            }
        }
        for mean in &mut means {
            *mean /= sum;
        }
    }
    if takes_means || weights.is_some() {
        for (at, row) in matrix.chunks_exact_mut(width).enumerate() {
            let root = weight(at).sqrt();
            for (value, mean) in row.iter_mut().zip(&means) {
                *value = (*value - mean) * root;
            }
        }
    }
    means
}
