//! How alike two rows are.

use crate::graph::kernel::sum_of_pairs;
use crate::text::choices;

/// How alike two rows are, as a product in a space of more features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// exp(-gamma |a - b|²): rows are alike that are near.
    #[default]
    Rbf,
    /// a · b: what is predicted is linear.
    Linear,
    /// (gamma a · b + offset)^degree
    Polynomial,
}

choices!(Kernel: Rbf, Linear, Polynomial);

/// A kernel with its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) kernel: Kernel,
    pub(super) gamma: f64,
    pub(super) offset: f64,
    pub(super) degree: i32,
}

impl Function {
    /// How alike two rows are.
    #[inline(always)]
    pub(super) fn of(&self, a: &[f64], b: &[f64]) -> f64 {
        self.finish(if self.adds_squares() {
            sum_of_pairs(a, b, |a: f64, b| (a - b) * (a - b))
        } else {
            sum_of_pairs(a, b, |a: f64, b| a * b)
        })
    }

    /// Whether squares of differences are added up, and not products.
    #[inline(always)]
    pub(super) fn adds_squares(&self) -> bool {
        matches!(self.kernel, Kernel::Rbf)
    }

    /// Of the sum.
    #[inline(always)]
    pub(super) fn finish(&self, sum: f64) -> f64 {
        match self.kernel {
            Kernel::Rbf => (-self.gamma * sum).exp(),
            Kernel::Linear => sum,
            Kernel::Polynomial => (self.gamma * sum + self.offset).powi(self.degree),
        }
    }
}
