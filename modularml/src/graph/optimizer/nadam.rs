//! Adam that looks ahead along its momentum.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Adam with Nesterov's momentum (Dozat, 2016), as `torch.optim.NAdam`.
///
/// With g the gradient plus `weight_decay` times the parameter, m and v as in [`Adam`](super::Adam),
/// b(t) = `beta1` (1 - 0.96^(t `momentum_decay`) / 2) and B(t) the product of b(1) to b(t), the parameter loses in step
/// t `lr` * ((1 - b(t)) / (1 - B(t)) * g + b(t + 1) / (1 - B(t + 1)) * m) / (sqrt(v / (1 - `beta2`ᵗ)) + `eps`). With
/// `decoupled`, it loses `lr` * `weight_decay` of itself instead, as with [`AdamW`](super::AdamW).
///
/// ```
/// use modularml::graph::NAdam;
///
/// let optimizer = NAdam::lr(2e-3).weight_decay(0.01).decoupled();
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The decay of the first moment.
    #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
    beta1: f64,
    /// The decay of the second moment.
    #[setting(default = 0.999, at_least = 0.0, below = 1.0)]
    beta2: f64,
    /// What is added to the root, so that nothing is divided by zero.
    #[setting(default = 1e-8, at_least = 0.0)]
    eps: f64,
    /// How fast the momentum rises to `beta1`.
    #[setting(default = 4e-3, at_least = 0.0)]
    momentum_decay: f64,
    /// The weight of the penalty on squared parameters.
    #[setting(default = 0.0, at_least = 0.0)]
    weight_decay: f64,
    /// Keeps the decay of parameters apart from the gradient.
    #[setting(default = false)]
    decoupled: bool,
    /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
    #[setting(default = false)]
    no_decay_on_biases: bool,
    /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
    /// changes the layers near the inputs less.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    rate_by_depth: f64,
}

impl NAdam {
    #[allow(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    fn momentum(&self, step: u64) -> f64 {
        self.beta1 * (1.0 - 0.5 * 0.96f64.powf(step as f64 * self.momentum_decay))
    }

    /// The product of the momenta of all steps, as 0 where it no longer changes 1 less it.
    fn product(&self, step: u64) -> f64 {
        let mut product = 1.0;
        for earlier in 1..=step {
            product *= self.momentum(earlier);
            if product < f64::EPSILON / 4.0 {
                return 0.0;
            }
        }
        product
    }
}

fused!(NAdam, decay: weight_decay);

impl Rule for NAdam {
    fn buffers(&self) -> &'static [&'static str] {
        &["first_moment", "second_moment"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [first, second] = buffers else { return };
        let (now, next, product) = (self.momentum(step), self.momentum(step + 1), self.product(step));
        let of_gradient = T::from_f64(self.lr * (1.0 - now) / (1.0 - product));
        let of_moment = T::from_f64(self.lr * next / (1.0 - product * next));
        let scale = T::from_f64((1.0 - self.beta2.powi(i32::try_from(step).unwrap_or(i32::MAX))).sqrt());
        let (kept, decay) = if self.decoupled { (self.lr * self.weight_decay, 0.0) } else { (0.0, self.weight_decay) };
        let [kept, decay] = [1.0 - kept, decay].map(T::from_f64);
        let [beta1, beta2, eps] = [self.beta1, self.beta2, self.eps].map(T::from_f64);
        let [fresh1, fresh2] = [1.0 - self.beta1, 1.0 - self.beta2].map(T::from_f64);
        let moments = first.iter_mut().zip(second);
        for ((p, &g), (m, v)) in parameter.iter_mut().zip(gradient).zip(moments) {
            let g = g + decay * *p;
            *m = beta1 * *m + fresh1 * g;
            *v = beta2 * *v + fresh2 * g * g;
            *p = kept * *p - (of_gradient * g + of_moment * *m) / (v.sqrt() / scale + eps);
        }
    }
}
