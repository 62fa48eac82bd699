//! Steps by the sign of a moment.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Evolved sign momentum (Chen et al., 2023).
///
/// In each step the parameter loses `lr` * `weight_decay` of itself and `lr` * sign(`beta1` * m + (1 - `beta1`) * g);
/// then m = `beta2` * m + (1 - `beta2`) * g. A learning rate three to ten times smaller than Adam's is usual.
///
/// ```
/// use modularml::graph::Lion;
///
/// let optimizer = Lion::lr(1e-4).weight_decay(0.1);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
#[spec(has_momentum = true)]
pub struct Lion {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The share of the moment in the sign of a step.
    #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
    beta1: f64,
    /// The decay of the moment.
    #[setting(default = 0.99, at_least = 0.0, below = 1.0)]
    beta2: f64,
    /// The share of itself, times the learning rate, that a parameter loses in each step.
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

fused!(Lion, momentum: beta1, decay: weight_decay);

impl Rule for Lion {
    fn buffers(&self) -> &'static [&'static str] {
        &["moment"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, _: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [moments] = buffers else { return };
        let [lr, beta1, beta2, kept] =
            [self.lr, self.beta1, self.beta2, 1.0 - self.lr * self.weight_decay].map(T::from_f64);
        let [fresh1, fresh2] = [1.0 - self.beta1, 1.0 - self.beta2].map(T::from_f64);
        for ((p, &g), m) in parameter.iter_mut().zip(gradient).zip(moments) {
            let direction = beta1 * *m + fresh1 * g;
            *p *= kept;
            if direction > T::zero() {
                *p -= lr;
            } else if direction < T::zero() {
                *p += lr;
            }
            *m = beta2 * *m + fresh2 * g;
        }
    }
}
