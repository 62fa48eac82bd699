//! Ridge regression.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::target::Target;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// Linear regression with a penalty on the squared weights, fitted to all rows at once in a fit phase.
///
/// With the means taken off, W solves `(XᵀX + penalty I) Wᵀ = XᵀY`, and the intercept, which is not penalised, carries
/// the means: b = mean(Y) - W mean(X) (Hoerl and Kennard, 1970). It is solved in `f64` by Cholesky's decomposition. Several
/// inputs stand side by side. Rows that weigh more count as so many equal rows. No gradient passes.
///
/// ```
/// use modularml::graph::Ridge;
///
/// let soh = Ridge::penalty(1.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct Ridge {
    /// The weight of the sum of squared weights against the sum of squared errors.
    #[setting(first, at_least = 0.0)]
    penalty: f64,
}

impl BuildLayer for Ridge {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(self.penalty, &self.spec(), build)
    }
}

/// y = W x + b
struct Fitted {
    /// `[outputs, inputs]`
    weight: Vec<f64>,
    bias: Vec<f64>,
}

impl Model for Fitted {
    type Settings = f64;

    const NAME: &'static str = "Ridge";

    fn fit(penalty: &f64, rows: Rows) -> Result<Self> {
        let Target::Numbers { values, width } = &rows.target else {
            return Err(Error::Component("Ridge predicts numbers".to_owned()));
        };
        let (x, y) = (rows.table.numbers().to_vec(), values.clone());
        let (weight, bias) = solve((x, y), (rows.table.width(), *width), *penalty, rows.weights.as_deref())?;
        Ok(Self { weight, bias })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        for ((output, weight), bias) in outputs.iter_mut().zip(self.weight.chunks_exact(row.len())).zip(&self.bias) {
            *output = bias + weight.iter().zip(row).map(|(weight, x)| weight * x).sum::<f64>();
        }
    }

    fn save(&self) -> Entries {
        let outputs = self.bias.len();
        let inputs = self.weight.len() / outputs.max(1);
        Entries::default().numbers("weight", &[outputs, inputs], &self.weight).numbers("bias", &[outputs], &self.bias)
    }

    fn load(_: &f64, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let weight = saved.numbers("weight", &[sizes.outputs, sizes.inputs])?;
        Ok(Self { weight, bias: saved.numbers("bias", &[sizes.outputs])? })
    }
}

/// The weights `[outputs, inputs]` and biases of the penalised least squares.
#[allow(clippy::many_single_char_names, reason = "the letters of the formula")]
fn solve(
    (mut x, mut y): (Vec<f64>, Vec<f64>),
    (inputs, outputs): (usize, usize),
    penalty: f64,
    weights: Option<&[f64]>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let x_means = center(&mut x, inputs, weights);
    let y_means = center(&mut y, outputs, weights);
    let mut a = vec![0.0; inputs * inputs];
    let mut b = vec![0.0; inputs * outputs];
    for (x, y) in x.chunks_exact(inputs).zip(y.chunks_exact(outputs)) {
        for (i, xi) in x.iter().enumerate() {
            for (sum, xj) in a[i * inputs..=i * inputs + i].iter_mut().zip(x) {
                *sum += xi * xj;
            }
            for (sum, yk) in b[i * outputs..(i + 1) * outputs].iter_mut().zip(y) {
                *sum += xi * yk;
            }
        }
    }
    for i in 0..inputs {
        a[i * inputs + i] += penalty;
    }
    if !decompose(&mut a, inputs) {
        return Err(Error::Component(
            "Ridge: the features depend linearly on each other, so that many fits are equally good; raise the penalty"
                .to_owned(),
        ));
    }
    let mut weight = vec![0.0; outputs * inputs];
    let mut bias = y_means;
    for (k, (weight, bias)) in weight.chunks_exact_mut(inputs).zip(&mut bias).enumerate() {
        for (w, b) in weight.iter_mut().zip(b.iter().skip(k).step_by(outputs)) {
            *w = *b;
        }
        substitute(&a, weight);
        *bias -= weight.iter().zip(&x_means).map(|(w, mean)| w * mean).sum::<f64>();
    }
    Ok((weight, bias))
}

/// Takes the mean of each column off, multiplies each row by the root of its weight, so that products of two rows have its
/// weight, and returns the means.
fn center(matrix: &mut [f64], width: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let weight = |row: usize| weights.and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
    let (mut means, mut sum) = (vec![0.0; width], 0.0);
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
    for (at, row) in matrix.chunks_exact_mut(width).enumerate() {
        let root = weight(at).sqrt();
        for (value, mean) in row.iter_mut().zip(&means) {
            *value = (*value - mean) * root;
        }
    }
    means
}

/// Replaces the lower triangle of a symmetric matrix A by L with A = L Lᵀ; false when A is not clearly positive
/// definite.
fn decompose(a: &mut [f64], size: usize) -> bool {
    for j in 0..size {
        for i in j..size {
            let products: f64 = (0..j).map(|k| a[i * size + k] * a[j * size + k]).sum();
            let rest = a[i * size + j] - products;
            if i > j {
                a[i * size + j] = rest / a[j * size + j];
            } else if rest > a[j * size + j] * 1e-13 {
                a[j * size + j] = rest.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// Solves L Lᵀ x = b in place.
fn substitute(l: &[f64], b: &mut [f64]) {
    let size = b.len();
    for i in 0..size {
        let known: f64 = (0..i).map(|k| l[i * size + k] * b[k]).sum();
        b[i] = (b[i] - known) / l[i * size + i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| l[k * size + i] * b[k]).sum();
        b[i] = (b[i] - known) / l[i * size + i];
    }
}
