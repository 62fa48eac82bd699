//! Adam with the largest gradient in place of the second moment.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Adam in the infinity norm (Kingma and Ba, 2015), as `torch.optim.Adamax`.
///
/// With g the gradient plus `weight_decay` times the parameter: m = `beta1` * m + (1 - `beta1`) * g,
/// u = max(`beta2` * u, |g| + `eps`), and the parameter loses `lr` / (1 - `beta1`ᵗ) * m / u in step t.
///
/// ```
/// use modularml::graph::Adamax;
///
/// let optimizer = Adamax::lr(2e-3);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
#[spec(has_momentum = true)]
pub struct Adamax {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The decay of the moment.
    #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
    beta1: f64,
    /// The decay of the largest gradient.
    #[setting(default = 0.999, at_least = 0.0, below = 1.0)]
    beta2: f64,
    /// What is added to gradients, so that nothing is divided by zero.
    #[setting(default = 1e-8, above = 0.0)]
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

fused!(Adamax, momentum: beta1, decay: weight_decay);

impl Rule for Adamax {
    fn buffers(&self) -> &'static [&'static str] {
        &["first_moment", "largest"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [moments, largest] = buffers else { return };
        let steps = i32::try_from(step).unwrap_or(i32::MAX);
        let rate = T::from_f64(self.lr / (1.0 - self.beta1.powi(steps)));
        let [beta1, beta2, eps, decay] = [self.beta1, self.beta2, self.eps, self.weight_decay].map(T::from_f64);
        let fresh = T::from_f64(1.0 - self.beta1);
        let state = moments.iter_mut().zip(largest);
        for ((p, &g), (m, most)) in parameter.iter_mut().zip(gradient).zip(state) {
            let g = g + decay * *p;
            *m = beta1 * *m + fresh * g;
            let (kept, now) = (beta2 * *most, g.abs() + eps);
            *most = if kept > now { kept } else { now };
            *p -= rate * *m / *most;
        }
    }
}
