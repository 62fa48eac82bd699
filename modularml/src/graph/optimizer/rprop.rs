//! Steps by the signs of gradients alone.

use super::fused::{Rule, fused};
use crate::graph::real::Real;

/// Resilient backpropagation (Riedmiller and Braun, 1993), as `torch.optim.Rprop`, for batches of all rows.
///
/// Each number has a step of its own, `lr` at first: while its gradient keeps its sign the step grows by `grow`, where
/// the sign changes it shrinks by `shrink` and the number rests once; it stays between `least` and `most`.
///
/// ```
/// use modularml::graph::Rprop;
///
/// let optimizer = Rprop::lr(1e-2).grow(1.3);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct Rprop {
    /// The first step.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// What a step is multiplied by when the sign changes.
    #[setting(default = 0.5, above = 0.0, below = 1.0)]
    shrink: f64,
    /// What a step is multiplied by while the sign stays.
    #[setting(default = 1.2, above = 1.0)]
    grow: f64,
    /// The least step.
    #[setting(default = 1e-6, at_least = 0.0)]
    least: f64,
    /// The largest step.
    #[setting(default = 50.0, above = 0.0)]
    most: f64,
}

fused!(Rprop);

impl Rule for Rprop {
    fn buffers(&self) -> &'static [&'static str] {
        &["gradient", "step"]
    }

    #[inline(always)]
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]) {
        let [before, steps] = buffers else { return };
        let [lr, shrink, grow, least, most] = [self.lr, self.shrink, self.grow, self.least, self.most].map(T::from_f64);
        let state = before.iter_mut().zip(steps);
        for ((p, &g), (before, size)) in parameter.iter_mut().zip(gradient).zip(state) {
            if step == 1 {
                *size = lr;
            }
            let agreement = g * *before;
            if agreement > T::zero() {
                *size *= grow;
            } else if agreement < T::zero() {
                *size *= shrink;
            }
            *size = if *size < least { least } else { *size };
            *size = if *size > most { most } else { *size };
            let g = if agreement < T::zero() { T::zero() } else { g };
            if g > T::zero() {
                *p -= *size;
            } else if g < T::zero() {
                *p += *size;
            }
            *before = g;
        }
    }
}
