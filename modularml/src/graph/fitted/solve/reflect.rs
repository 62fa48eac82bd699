//! Householder's reflections.

use crate::graph::kernel::{sum_of, sum_of_pairs};

/// A reflection x - v (v · x) scale, which leaves of one vector its first number alone.
pub(super) struct Reflection {
    /// The first number of v.
    head: f64,
    scale: f64,
}

impl Reflection {
    /// The reflection of a vector with a first number and the others, which are those of v then, and the first number of
    /// what it becomes; none where the others are zeros.
    #[inline(always)]
    pub(super) fn of(head: f64, rest: &[f64]) -> Option<(Self, f64)> {
        let of_rest = sum_of(rest, |x: f64| x * x);
        if of_rest == 0.0 {
            return None;
        }
        let norm = (head * head + of_rest).sqrt();
        // With the sign of the first number nothing cancels.
        let becomes = if head > 0.0 { -norm } else { norm };
        let head = head - becomes;
        Some((Self { head, scale: 2.0 / (head * head + of_rest) }, becomes))
    }

    /// Reflects another vector with the numbers of v behind the first.
    #[inline(always)]
    pub(super) fn apply(&self, rest: &[f64], first: &mut f64, others: &mut [f64]) {
        let along = self.scale * (self.head * *first + sum_of_pairs(rest, others, |a: f64, b| a * b));
        *first -= along * self.head;
        others.iter_mut().zip(rest).for_each(|(x, v)| *x -= along * v);
    }
}
