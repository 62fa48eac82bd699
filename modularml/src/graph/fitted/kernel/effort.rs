//! How far the dual problem of a machine is taken.

use super::products::Products;
use super::smo::{Dual, Solved};
use crate::{Error, Result};

/// What a row may cost, and how far the conditions of the least may be missed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    pub(super) cost: f64,
    pub(super) tolerance: f64,
}

impl Effort {
    /// How much a row of a weight may count.
    pub(super) fn most(self, weight: f64) -> f64 {
        self.cost * weight
    }

    /// What solves a problem.
    ///
    /// # Errors
    /// When products of rows are too large for the kernel, or steps do not suffice.
    pub(super) fn solve(self, dual: &Dual, products: &mut Products) -> Result<Solved> {
        // No product of two rows is larger than the larger of their own.
        let is_too_large = |row: &usize| {
            products.diagonal(*row).abs().partial_cmp(&f64::from(f32::MAX)).is_none_or(std::cmp::Ordering::is_gt)
        };
        if dual.rows.iter().any(is_too_large) {
            return Err(Error::Component(
                "SupportVectors: products of rows are too large for the kernel; scale the features, or lower the degree"
                    .to_owned(),
            ));
        }
        dual.solve(products, self.tolerance).ok_or_else(|| {
            Error::Component(
                "SupportVectors has not converged in 10 million steps, or 100 a row where that is more; scale the features, \
                 lower the cost, or raise .tolerance(..)"
                    .to_owned(),
            )
        })
    }
}
