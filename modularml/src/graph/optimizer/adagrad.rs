//! Steps divided by what was gathered so far.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Divides each step by the root of the sum of all squared gradients (Duchi et al., 2011), as `torch.optim.Adagrad`.
///
/// With g the gradient plus `weight_decay` times the parameter: s = s + g², starting at `initial`, and the parameter
/// loses `lr` / (1 + (t - 1) `lr_decay`) * g / (sqrt(s) + `eps`) in step t.
///
/// ```
/// use modularml::graph::Adagrad;
///
/// let optimizer = Adagrad::lr(1e-2).initial(0.1);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// How fast the learning rate falls.
    #[setting(default = 0.0, at_least = 0.0)]
    lr_decay: f64,
    /// The weight of the penalty on squared parameters.
    #[setting(default = 0.0, at_least = 0.0)]
    weight_decay: f64,
    /// Where the sum of squares starts.
    #[setting(default = 0.0, at_least = 0.0)]
    initial: f64,
    /// What is added to the root, so that nothing is divided by zero.
    #[setting(default = 1e-10, at_least = 0.0)]
    eps: f64,
    /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
    #[setting(default = false)]
    no_decay_on_biases: bool,
    /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
    /// changes the layers near the inputs less.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    rate_by_depth: f64,
}

fused!(Adagrad, decay: weight_decay);

impl Rule for Adagrad {
    fn buffers(&self) -> &'static [&'static str] {
        &["squares"]
    }

    #[allow(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [squares] = buffers else { return };
        let rate = T::from_f64(self.lr / (1.0 + (step.saturating_sub(1)) as f64 * self.lr_decay));
        let [decay, eps] = [self.weight_decay, self.eps].map(T::from_f64);
        let start = T::from_f64(if step == 1 { self.initial } else { 0.0 });
        for ((p, &g), square) in parameter.iter_mut().zip(gradient).zip(squares) {
            let g = g + decay * *p;
            *square = start + *square + g * g;
            *p -= rate * g / (square.sqrt() + eps);
        }
    }
}
