//! Ridge regression.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::affine::{flat, onnx_flat, onnx_map, unflat};
use super::{BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, check_state, only_value};
use crate::graph::kernel::device::{f64s, on_cpu};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// Linear regression with a penalty on the squared weights, fitted to all rows at once in a fit phase.
///
/// With the means taken off, W solves `(XᵀX + penalty I) Wᵀ = XᵀY`, and the intercept, which is not penalised, carries
/// the means: b = mean(Y) - W mean(X) (Hoerl and Kennard, 1970). It is solved in `f64` by Cholesky's decomposition. No
/// gradient passes.
///
/// ```
/// use modularml::graph::Ridge;
///
/// let soh = Ridge::penalty(1.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), learns = Learns::ByFit, passes_gradient = false, padding = OnPadding::Zeros)]
pub struct Ridge {
    /// The weight of the sum of squared weights against the sum of squared errors.
    #[setting(first, at_least = 0.0)]
    penalty: f64,
}

impl BuildLayer for Ridge {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (inputs, outputs) = (build.input_width()?, build.output_width()?);
        Ok(Box::new(Running { penalty: self.penalty, inputs, outputs, build, fitted: None }))
    }
}

struct Running {
    penalty: f64,
    inputs: usize,
    outputs: usize,
    build: LayerBuild,
    fitted: Option<Fitted>,
}

struct Fitted {
    /// `[outputs, inputs]`
    weight: Tensor,
    /// `[outputs]`
    bias: Tensor,
}

impl Running {
    /// What was fitted, in the type and on the device that the layer computes with.
    fn kept(&self, fitted: &Tensor) -> candle_core::Result<Tensor> {
        on_cpu(fitted)?.to_dtype(self.build.computes_in())?.to_device(&self.build.device)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted());
        };
        let x = flat(one(inputs)?)?.detach();
        let y = x.matmul(&fitted.weight.t()?)?.broadcast_add(&fitted.bias)?;
        Ok(unflat(&y, &self.build.output)?)
    }

    fn fit(&mut self, inputs: &[Tensor], target: &Tensor) -> Result<()> {
        let x = matrix(one(inputs)?, self.inputs)?;
        let y = matrix(target, self.outputs)?;
        let rows = x.len() / self.inputs.max(1);
        if rows == 0 || y.len() != rows * self.outputs {
            return Err(Error::Component(format!(
                "Ridge needs as many targets as rows and at least one: found {rows} rows and {} targets",
                y.len() / self.outputs.max(1)
            )));
        }
        let (weight, bias) = solve(x, y, self.inputs, self.outputs, self.penalty)?;
        let weight = self.kept(&Tensor::from_vec(weight, (self.outputs, self.inputs), &Device::Cpu)?)?;
        let bias = self.kept(&Tensor::from_vec(bias, self.outputs, &Device::Cpu)?)?;
        self.fitted = Some(Fitted { weight, bias });
        Ok(())
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let fitted = self.fitted.iter();
        let tensors = fitted.flat_map(|fitted| [("weight", &fitted.weight), ("bias", &fitted.bias)]);
        Ok(tensors.map(|(name, tensor)| (name.to_owned(), tensor.clone())).collect())
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        if state.is_empty() {
            self.fitted = None;
            return Ok(());
        }
        check_state(&[("weight", &[self.outputs, self.inputs]), ("bias", &[self.outputs])], state)?;
        if let (Some(weight), Some(bias)) = (state.get("weight"), state.get("bias")) {
            self.fitted = Some(Fitted { weight: self.kept(weight)?, bias: self.kept(bias)? });
        }
        Ok(())
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let Some(fitted) = &self.fitted else { return Err(not_fitted()) };
        let x = onnx_flat(graph, only_value(inputs)?);
        let y = onnx_map(graph, &x, &fitted.weight, Some(&fitted.bias))?;
        Ok(graph.reshape(&y, self.build.output.axes()))
    }
}

fn not_fitted() -> Error {
    Error::Component("Ridge has not been fitted; a fit phase must run before".to_owned())
}

fn one(inputs: &[Tensor]) -> Result<&Tensor> {
    match inputs {
        [x] => Ok(x),
        _ => Err(Error::Component(format!("Ridge takes one input, found {}", inputs.len()))),
    }
}

/// The numbers of a batch, row after row, `width` a row and all of them finite.
fn matrix(batch: &Tensor, width: usize) -> Result<Vec<f64>> {
    let batch = flat(batch)?;
    if batch.dim(1)? != width {
        return Err(Error::Component(format!("Ridge expects {width} numbers a row, found {}", batch.dim(1)?)));
    }
    let numbers = f64s(&batch)?;
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(Error::Component(format!(
            "Ridge needs finite numbers, found {} in row {}",
            numbers[at],
            at / width.max(1)
        ))),
        None => Ok(numbers),
    }
}

/// The weights `[outputs, inputs]` and biases of the penalised least squares.
#[allow(clippy::many_single_char_names, reason = "the letters of the formula")]
fn solve(
    mut x: Vec<f64>,
    mut y: Vec<f64>,
    inputs: usize,
    outputs: usize,
    penalty: f64,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let x_means = center(&mut x, inputs);
    let y_means = center(&mut y, outputs);
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

/// Takes the mean of each column off and returns the means.
fn center(matrix: &mut [f64], width: usize) -> Vec<f64> {
    let mut means = vec![0.0; width];
    for row in matrix.chunks_exact(width) {
        for (mean, value) in means.iter_mut().zip(row) {
            *mean += value;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let rows = (matrix.len() / width.max(1)).max(1) as f64;
    for mean in &mut means {
        *mean /= rows;
    }
    for row in matrix.chunks_exact_mut(width) {
        for (value, mean) in row.iter_mut().zip(&means) {
            *value -= mean;
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
