//! Steps in the unit of the parameters.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Steps by the ratio of running root mean squares of steps and gradients (Zeiler, 2012), as `torch.optim.Adadelta`.
///
/// With g the gradient plus `weight_decay` times the parameter: v = `rho` * v + (1 - `rho`) * g²,
/// d = sqrt(u + `eps`) / sqrt(v + `eps`) * g, u = `rho` * u + (1 - `rho`) * d², and the parameter loses `lr` * d.
///
/// ```
/// use modularml::graph::Adadelta;
///
/// let optimizer = Adadelta::lr(1.0).rho(0.95);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    /// The learning rate; 1 is usual.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The decay of both mean squares.
    #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
    rho: f64,
    /// What is added under both roots.
    #[setting(default = 1e-6, at_least = 0.0)]
    eps: f64,
    /// The weight of the penalty on squared parameters.
    #[setting(default = 0.0, at_least = 0.0)]
    weight_decay: f64,
    /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
    #[setting(default = false)]
    no_decay_on_biases: bool,
    /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
    /// changes the layers near the inputs less.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    rate_by_depth: f64,
}

fused!(Adadelta, decay: weight_decay);

impl Rule for Adadelta {
    fn buffers(&self) -> &'static [&'static str] {
        &["mean_square", "mean_square_step"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, _: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [squares, steps] = buffers else { return };
        let [lr, rho, eps, decay] = [self.lr, self.rho, self.eps, self.weight_decay].map(T::from_f64);
        let fresh = T::from_f64(1.0 - self.rho);
        let state = squares.iter_mut().zip(steps);
        for ((p, &g), (square, step)) in parameter.iter_mut().zip(gradient).zip(state) {
            let g = g + decay * *p;
            *square = rho * *square + fresh * g * g;
            let delta = (*step + eps).sqrt() / (*square + eps).sqrt() * g;
            *step = rho * *step + fresh * delta * delta;
            *p -= lr * delta;
        }
    }
}
