//! Initial weights.

#[cfg(test)]
mod tests;

use candle_core::{DType, Device, Result, Tensor, Var};

use super::LayerBuild;
use crate::random::Rng;
use crate::text::choices;

/// How the initial weights of a layer are drawn, from the generator of the experiment's seed.
///
/// `fan_in` is how many numbers each output is summed up from, `fan_out` how many outputs each input reaches: of a
/// convolution the channels times the positions of a kernel. What is drawn is multiplied by the layer's `init_gain`.
/// Biases start at 0 with every choice but [`Init::FanIn`].
///
/// ```
/// use modularml::graph::{Init, Linear};
///
/// let orthogonal = Linear::to([16]).init(Init::Orthogonal);
/// let small = Linear::to([3]).init(Init::Normal).init_gain(0.02);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// Weights and biases uniform in ±1 / sqrt(`fan_in`), as PyTorch's layers have them.
    #[default]
    FanIn,
    /// Uniform in ±sqrt(6 / `fan_in`), for layers before a `Relu` (He et al., 2015).
    KaimingUniform,
    /// Normal with variance 2 / `fan_in`, for layers before a `Relu` (He et al., 2015).
    KaimingNormal,
    /// Uniform in ±sqrt(6 / (`fan_in` + `fan_out`)) (Glorot and Bengio, 2010).
    XavierUniform,
    /// Normal with variance 2 / (`fan_in` + `fan_out`) (Glorot and Bengio, 2010).
    XavierNormal,
    /// The rows, or where there are more rows than columns the columns, of W are orthonormal: W Wᵀ = I or Wᵀ W = I,
    /// with W as `(outputs, fan_in)`, each such W equally likely (Saxe et al., 2014).
    Orthogonal,
    /// Uniform in ±1.
    Uniform,
    /// Normal with variance 1.
    Normal,
    /// 0.
    Zeros,
}

choices!(
    Init: FanIn, KaimingUniform, KaimingNormal, XavierUniform, XavierNormal, Orthogonal, Uniform, Normal, Zeros
);

/// Draws the initial parameters of one layer.
pub(super) struct Initial<'a> {
    pub init: Init,
    /// What is drawn is multiplied by this.
    pub gain: f64,
    pub dtype: DType,
    pub device: &'a Device,
    pub rng: &'a mut Rng,
}

impl<'a> Initial<'a> {
    /// For the parameters of a layer, of the type and on the device that it is built with.
    pub const fn of(init: Init, gain: f64, build: &'a mut LayerBuild) -> Self {
        Self { init, gain, dtype: build.dtype, device: &build.device, rng: &mut build.rng }
    }

    /// A weight of these dimensions, the outputs first.
    pub fn weight(&mut self, dims: &[usize]) -> Result<Var> {
        let values = self.values(dims);
        self.parameter(values, dims)
    }

    /// The weights of gates that stand one below the other, each drawn by itself; those of [`Init::FanIn`] depend on
    /// the width of the gates and not on that of the inputs, as in PyTorch.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    pub fn gates(&mut self, gates: usize, hidden: usize, inputs: usize) -> Result<Var> {
        let values = match self.init {
            Init::FanIn => self.uniform(gates * hidden * inputs, 1.0 / (hidden.max(1) as f64).sqrt()),
            _ => (0..gates).flat_map(|_| self.values(&[hidden, inputs])).collect(),
        };
        self.parameter(values, &[gates * hidden, inputs])
    }

    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    fn values(&mut self, dims: &[usize]) -> Vec<f64> {
        let (outputs, inner) = dims.split_first().map_or((1, dims), |(&outputs, inner)| (outputs, inner));
        let fan_in: usize = inner.iter().product();
        let kernel: usize = inner.iter().skip(1).product();
        let (fan_in, fan_out) = (fan_in.max(1), (outputs * kernel).max(1));
        let (inputs, both) = (fan_in as f64, (fan_in + fan_out) as f64);
        let count = outputs * fan_in;
        match self.init {
            Init::FanIn => self.uniform(count, 1.0 / inputs.sqrt()),
            Init::KaimingUniform => self.uniform(count, (6.0 / inputs).sqrt()),
            Init::KaimingNormal => self.normal(count, (2.0 / inputs).sqrt()),
            Init::XavierUniform => self.uniform(count, (6.0 / both).sqrt()),
            Init::XavierNormal => self.normal(count, (2.0 / both).sqrt()),
            Init::Orthogonal => self.orthogonal(outputs, fan_in),
            Init::Uniform => self.uniform(count, 1.0),
            Init::Normal => self.normal(count, 1.0),
            Init::Zeros => vec![0.0; count],
        }
    }

    /// The biases of outputs that are each summed up from `fan_in` numbers.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    pub fn bias(&mut self, outputs: usize, fan_in: usize) -> Result<Var> {
        let values = match self.init {
            Init::FanIn => self.uniform(outputs, 1.0 / (fan_in.max(1) as f64).sqrt()),
            _ => vec![0.0; outputs],
        };
        self.parameter(values, &[outputs])
    }

    pub(super) fn parameter(&self, mut values: Vec<f64>, dims: &[usize]) -> Result<Var> {
        for value in &mut values {
            *value *= self.gain;
        }
        Var::from_tensor(&Tensor::from_vec(values, dims, &Device::Cpu)?.to_dtype(self.dtype)?.to_device(self.device)?)
    }

    pub(super) fn uniform(&mut self, count: usize, bound: f64) -> Vec<f64> {
        (0..count).map(|_| (2.0 * self.rng.unit() - 1.0) * bound).collect()
    }

    pub(super) fn normal(&mut self, count: usize, deviation: f64) -> Vec<f64> {
        (0..count).map(|_| deviation * self.standard_normal()).collect()
    }

    /// Box and Muller, 1958; one number of each pair, so that every draw takes as much from the generator.
    fn standard_normal(&mut self) -> f64 {
        let (radius, turn) = (1.0 - self.rng.unit(), self.rng.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// The vectors of a normal matrix made orthonormal one after the other, which draws each orthogonal matrix with
    /// equal chance (Stewart, 1980).
    fn orthogonal(&mut self, rows: usize, columns: usize) -> Vec<f64> {
        let (count, length) = (rows.min(columns), rows.max(columns));
        let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
        while vectors.len() < count {
            let mut vector = self.normal(length, 1.0);
            let drawn = norm(&vector);
            // Twice is enough to be orthogonal to rounding (Giraud et al., 2005).
            for _ in 0..2 {
                for other in &vectors {
                    let along: f64 = other.iter().zip(&vector).map(|(a, b)| a * b).sum();
                    for (number, other) in vector.iter_mut().zip(other) {
                        *number -= along * other;
                    }
                }
            }
            let left = norm(&vector);
            // One that depends on those before it, which has chance 0, is drawn again.
            if left > 1e-9 * drawn {
                vectors.push(vector.iter().map(|number| number / left).collect());
            }
        }
        if rows <= columns {
            return vectors.concat();
        }
        (0..length).flat_map(|row| vectors.iter().filter_map(move |vector| vector.get(row).copied())).collect()
    }
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|number| number * number).sum::<f64>().sqrt()
}
