//! Steps divided by a running mean square.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Divides each step by a running root mean square of the gradient (Hinton, 2012), as `torch.optim.RMSprop`.
///
/// With g the gradient plus `weight_decay` times the parameter: v = `alpha` * v + (1 - `alpha`) * g², and the parameter
/// loses `lr` * m, where m = `momentum` * m + g / (sqrt(v) + `eps`). With `centered`, v less the square of the running
/// mean of g stands under the root.
///
/// ```
/// use modularml::graph::RmsProp;
///
/// let optimizer = RmsProp::lr(1e-2).alpha(0.9);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
#[spec(has_momentum = self.momentum > 0.0)]
pub struct RmsProp {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The decay of the mean square.
    #[setting(default = 0.99, at_least = 0.0, below = 1.0)]
    alpha: f64,
    /// What is added to the root, so that nothing is divided by zero.
    #[setting(default = 1e-8, at_least = 0.0)]
    eps: f64,
    /// The weight of the penalty on squared parameters.
    #[setting(default = 0.0, at_least = 0.0)]
    weight_decay: f64,
    /// The share of the momentum that stays from step to step.
    #[setting(default = 0.0, at_least = 0.0)]
    momentum: f64,
    /// Divides by the standard deviation in place of the root mean square.
    #[setting(default = false)]
    centered: bool,
    /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
    #[setting(default = false)]
    no_decay_on_biases: bool,
    /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
    /// changes the layers near the inputs less.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    rate_by_depth: f64,
}

fused!(RmsProp, momentum: momentum, decay: weight_decay);

impl Rule for RmsProp {
    fn buffers(&self) -> &'static [&'static str] {
        &["mean_square", "mean", "momentum"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, _: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [squares, means, moments] = buffers else { return };
        let [lr, alpha, eps, decay, momentum] =
            [self.lr, self.alpha, self.eps, self.weight_decay, self.momentum].map(T::from_f64);
        let fresh = T::from_f64(1.0 - self.alpha);
        let state = squares.iter_mut().zip(means).zip(moments);
        for ((p, &g), ((square, mean), moment)) in parameter.iter_mut().zip(gradient).zip(state) {
            let g = g + decay * *p;
            *square = alpha * *square + fresh * g * g;
            let mut spread = *square;
            if self.centered {
                *mean = alpha * *mean + fresh * g;
                spread -= *mean * *mean;
            }
            *moment = momentum * *moment + g / (spread.sqrt() + eps);
            *p -= lr * *moment;
        }
    }
}
