//! Adam that waits until its second moment can be trusted.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Rectified Adam (Liu et al., 2020), as `torch.optim.RAdam`.
///
/// With g the gradient plus `weight_decay` times the parameter, and m and v as in [`Adam`](super::Adam): with
/// r = 2 / (1 - `beta2`) - 1 and q = r - 2 t `beta2`ᵗ / (1 - `beta2`ᵗ), the parameter loses in step t
/// `lr` * m / (1 - `beta1`ᵗ), and where q is above 5 that times
/// sqrt((1 - `beta2`ᵗ) (q - 4) (q - 2) r / ((r - 4) (r - 2) q)) / (sqrt(v) + `eps`). With `decoupled`, it loses
/// `lr` * `weight_decay` of itself instead, as with [`AdamW`](super::AdamW).
///
/// ```
/// use modularml::graph::RAdam;
///
/// let optimizer = RAdam::lr(1e-3);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
#[spec(has_momentum = true)]
pub struct RAdam {
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

impl RAdam {
    /// What the adaptive step of a step is multiplied by; none while the second moment cannot be trusted.
    fn rectification(&self, step: u64) -> Option<f64> {
        let steps = i32::try_from(step).unwrap_or(i32::MAX);
        let (left, seen) = (self.beta2.powi(steps), 1.0 - self.beta2.powi(steps));
        let longest = 2.0 / (1.0 - self.beta2) - 1.0;
        let length = longest - 2.0 * f64::from(steps) * left / seen;
        let ratio = (length - 4.0) * (length - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * length);
        (length > 5.0).then(|| (seen * ratio).sqrt())
    }
}

fused!(RAdam, momentum: beta1, decay: weight_decay);

impl Rule for RAdam {
    fn buffers(&self) -> &'static [&'static str] {
        &["first_moment", "second_moment"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [first, second] = buffers else { return };
        let steps = i32::try_from(step).unwrap_or(i32::MAX);
        let rate = self.lr / (1.0 - self.beta1.powi(steps));
        let rectification = self.rectification(step);
        let rate = T::from_f64(rate * rectification.unwrap_or(1.0));
        let (kept, decay) = if self.decoupled { (self.lr * self.weight_decay, 0.0) } else { (0.0, self.weight_decay) };
        let [kept, decay] = [1.0 - kept, decay].map(T::from_f64);
        let [beta1, beta2, eps] = [self.beta1, self.beta2, self.eps].map(T::from_f64);
        let [fresh1, fresh2] = [1.0 - self.beta1, 1.0 - self.beta2].map(T::from_f64);
        let moments = first.iter_mut().zip(second);
        for ((p, &g), (m, v)) in parameter.iter_mut().zip(gradient).zip(moments) {
            let g = g + decay * *p;
            *m = beta1 * *m + fresh1 * g;
            *v = beta2 * *v + fresh2 * g * g;
            let step = if rectification.is_some() { *m / (v.sqrt() + eps) } else { *m };
            *p = kept * *p - rate * step;
        }
    }
}
