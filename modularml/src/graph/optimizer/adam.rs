//! Adam and `AdamW`.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Writes an optimizer by running moments; `$apart` tells whether parameters decay apart from the gradient, and before
/// it stand what `weight_decay` means and its default.
macro_rules! moments {
    ($($(#[$documentation:meta])* $name:ident, $(#[$of_decay:meta])* $decay:literal, $apart:literal;)*) => { $(
        $(#[$documentation])*
        #[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
        #[spec(has_momentum = true)]
        pub struct $name {
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
            $(#[$of_decay])*
            #[setting(default = $decay, at_least = 0.0)]
            weight_decay: f64,
            /// Divides by the largest second moment so far.
            #[setting(default = false)]
            amsgrad: bool,
            /// Leaves out of `weight_decay` the parameters of one axis: biases, and the scales and shifts of normalisations.
            #[setting(default = false)]
            no_decay_on_biases: bool,
            /// What `lr` is multiplied by for each layer that stands behind a parameter on the longest way to an output: less than 1
            /// changes the layers near the inputs less.
            #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
            rate_by_depth: f64,
        }

        fused!($name, momentum: beta1, decay: weight_decay);

        impl Rule for $name {
            fn buffers(&self) -> &'static [&'static str] {
                if self.amsgrad {
                    &["first_moment", "second_moment", "largest_second_moment"]
                } else {
                    &["first_moment", "second_moment"]
                }
            }

            #[inline(always)]
            fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
                let steps = i32::try_from(step).unwrap_or(i32::MAX);
                let rate = T::from_f64(self.lr / (1.0 - self.beta1.powi(steps)));
                let scale = T::from_f64((1.0 - self.beta2.powi(steps)).sqrt());
                let [beta1, beta2, eps] = [self.beta1, self.beta2, self.eps].map(T::from_f64);
                let [fresh1, fresh2] = [1.0 - self.beta1, 1.0 - self.beta2].map(T::from_f64);
                let [decay, kept] = [self.weight_decay, 1.0 - self.lr * self.weight_decay].map(T::from_f64);
                let [first, second, largest @ ..] = buffers else { return };
                let moments = first.iter_mut().zip(second.iter_mut());
                for ((p, &g), (m, v)) in parameter.iter_mut().zip(gradient).zip(moments) {
                    let (kept, g) = if $apart { (*p * kept, g) } else { (*p, g + decay * *p) };
                    *m = beta1 * *m + fresh1 * g;
                    *v = beta2 * *v + fresh2 * g * g;
                    *p = kept;
                    if largest.is_empty() {
                        *p -= rate * *m / (v.sqrt() / scale + eps);
                    }
                }
                let Some(largest) = largest.first_mut() else { return };
                let moments = first.iter().zip(second.iter()).zip(largest);
                for (p, ((&m, &v), most)) in parameter.iter_mut().zip(moments) {
                    *most = if v > *most { v } else { *most };
                    *p -= rate * m / (most.sqrt() / scale + eps);
                }
            }
        }
    )* };
}

moments! {
    /// Steps by running moments of the gradient (Kingma and Ba, 2015), as `torch.optim.Adam`.
    ///
    /// With g the gradient plus `weight_decay` times the parameter: m = `beta1` * m + (1 - `beta1`) * g,
    /// v = `beta2` * v + (1 - `beta2`) * g², both divided by 1 - betaᵗ in step t, and the parameter loses
    /// `lr` * m / (sqrt(v) + `eps`). With `amsgrad`, the largest v so far stands under the root.
    ///
    /// ```
    /// use modularml::graph::Adam;
    ///
    /// let optimizer = Adam::lr(1e-3).beta1(0.8);
    /// ```
    Adam,
    /// The weight of the penalty on squared parameters.
    0.0, false;
    /// Adam with the decay of parameters apart from the gradient (Loshchilov and Hutter, 2019), as `torch.optim.AdamW`.
    ///
    /// In each step the parameter loses `lr` * `weight_decay` of itself, and then steps as [`Adam`] without decay does.
    ///
    /// ```
    /// use modularml::graph::AdamW;
    ///
    /// let optimizer = AdamW::lr(1e-3).weight_decay(0.05).no_decay_on_biases();
    /// ```
    AdamW,
    /// The share of itself, times the learning rate, that a parameter loses in each step.
    0.01, true;
}
