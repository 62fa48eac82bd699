//! Drawing by weight in constant time a draw: the alias method of Walker, as Vose made it linear.
//!
//! Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.

use crate::random::Rng;

/// Positions to be drawn in proportion to their weights.
pub(super) struct AliasTable {
    /// For each column of the table the chance that its own position is drawn, in units of one column.
    own: Vec<f64>,
    /// The position that is drawn otherwise.
    other: Vec<u32>,
}

/// Why weights cannot be drawn by.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) what: String,
    /// The position of the weight that is wrong, where it is one.
    pub(super) at: Option<usize>,
}

impl AliasTable {
    /// Prepares to draw by weights, which need not sum to 1.
    pub(super) fn new(weights: &[f64]) -> Result<Self, Unusable> {
        if let Some(at) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            let weight = weights.get(at).copied().unwrap_or_default();
            let what = format!("weight {weight} of row {at} must be at least 0 and finite");
            return Err(Unusable { what, at: Some(at) });
        }
        let largest = weights.iter().copied().fold(0.0, f64::max);
        if largest <= 0.0 {
            return Err(Unusable { what: "no row has a weight above 0".to_owned(), at: None });
        }
        // By the largest first, so that the sum stays finite.
        let sum: f64 = weights.iter().map(|weight| weight / largest).sum();
        #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
        let mean = sum / weights.len() as f64;
        let mut own: Vec<f64> = weights.iter().map(|weight| weight / largest / mean).collect();
        let mut other: Vec<u32> = (0u32..).take(own.len()).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            other.iter().partition(|&&position| own.get(position as usize).is_some_and(|share| *share < 1.0));
        while let (Some(&low), Some(&high)) = (small.last(), large.last()) {
            small.pop();
            let missing = 1.0 - own.get(low as usize).copied().unwrap_or(1.0);
            if let Some(alias) = other.get_mut(low as usize) {
                *alias = high;
            }
            if let Some(share) = own.get_mut(high as usize) {
                *share -= missing;
                if *share < 1.0 {
                    large.pop();
                    small.push(high);
                }
            }
        }
        // What rounding left over draws itself, but never a row without weight.
        for position in small.into_iter().chain(large) {
            if let (Some(share), Some(weight)) = (own.get_mut(position as usize), weights.get(position as usize))
                && *weight > 0.0
            {
                *share = 1.0;
            }
        }
        Ok(Self { own, other })
    }

    /// A position.
    pub(super) fn draw(&self, rng: &mut Rng) -> u32 {
        let column = rng.below(self.own.len());
        let is_own = rng.unit() < self.own.get(column).copied().unwrap_or_default();
        let other = self.other.get(column).copied().unwrap_or_default();
        if is_own { u32::try_from(column).unwrap_or(other) } else { other }
    }
}
