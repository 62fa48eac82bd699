//! Stochastic gradient descent.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Stochastic gradient descent, with momentum where wanted, as `torch.optim.SGD`.
///
/// With g the gradient plus `weight_decay` times the parameter, and m the momentum, which is g at first:
/// m = `momentum` * m + (1 - `dampening`) * g, and the parameter loses `lr` * m; with `nesterov` it loses
/// `lr` * (g + `momentum` * m).
///
/// ```
/// use modularml::graph::Sgd;
///
/// let optimizer = Sgd::lr(0.1).momentum(0.9).nesterov();
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
#[spec(has_momentum = self.momentum > 0.0)]
pub struct Sgd {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// The share of the momentum that stays from step to step.
    #[setting(default = 0.0, at_least = 0.0)]
    momentum: f64,
    /// The share of the gradient that the momentum does not take up.
    #[setting(default = 0.0)]
    dampening: f64,
    /// The weight of the penalty on squared parameters.
    #[setting(default = 0.0, at_least = 0.0)]
    weight_decay: f64,
    /// Looks ahead along the momentum (Nesterov).
    #[setting(default = false)]
    nesterov: bool,
    /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
    #[setting(default = false)]
    no_decay_on_biases: bool,
    /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
    /// changes the layers near the inputs less.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    rate_by_depth: f64,
}

fused!(Sgd, momentum: momentum, decay: weight_decay);

impl Rule for Sgd {
    fn buffers(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }

    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [lr, momentum, decay] = [self.lr, self.momentum, self.weight_decay].map(T::from_f64);
        let Some(moments) = buffers.first_mut() else {
            for (p, &g) in parameter.iter_mut().zip(gradient) {
                *p -= lr * (g + decay * *p);
            }
            return;
        };
        let taken = T::from_f64(if step == 1 { 1.0 } else { 1.0 - self.dampening });
        for ((p, &g), m) in parameter.iter_mut().zip(gradient).zip(moments) {
            let g = g + decay * *p;
            *m = momentum * *m + taken * g;
            *p -= lr * if self.nesterov { g + momentum * *m } else { *m };
        }
    }
}
