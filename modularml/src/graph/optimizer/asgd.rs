//! Steps whose results are averaged.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Averaged stochastic gradient descent (Polyak and Juditsky, 1992), as `torch.optim.ASGD`.
///
/// With g the gradient plus `weight_decay` times the parameter, and the rate r = `lr` / (1 + `decay` * `lr` * (t - 1))
/// to the power `power`: in step t the parameter loses `decay` * r of itself, then r * g. The mean of its values after
/// step `average_after` is the part `average` of the optimizer's state; before, that part is the parameter.
///
/// ```
/// use modularml::graph::Asgd;
///
/// let optimizer = Asgd::lr(1e-2).average_after(1000);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct Asgd {
    /// The learning rate of the first step.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// How fast parameters and rate decay.
    #[setting(default = 1e-4, at_least = 0.0)]
    decay: f64,
    /// The power by which the rate falls.
    #[setting(default = 0.75, at_least = 0.0)]
    power: f64,
    /// The step after which the parameter's values are averaged.
    #[setting(default = 1_000_000)]
    average_after: u64,
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

fused!(Asgd, decay: weight_decay);

impl Rule for Asgd {
    fn buffers(&self) -> &'static [&'static str] {
        &["average"]
    }

    #[allow(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [average] = buffers else { return };
        let earlier = step.saturating_sub(1);
        let rate = self.lr / (1.0 + self.decay * self.lr * earlier as f64).powf(self.power);
        let kept = T::from_f64(1.0 - self.decay * rate);
        let taken = T::from_f64(1.0 / earlier.saturating_sub(self.average_after).max(1) as f64);
        let [rate, weight_decay] = [rate, self.weight_decay].map(T::from_f64);
        for ((p, &g), mean) in parameter.iter_mut().zip(gradient).zip(average) {
            let g = g + weight_decay * *p;
            *p = kept * *p - rate * g;
            *mean += taken * (*p - *mean);
        }
    }
}
