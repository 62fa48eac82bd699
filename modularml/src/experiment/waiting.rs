//! The best of a measured value so far, and how long it has not improved.

use serde::{Deserialize, Serialize};

use super::exact;

/// The best value so far, and how many values have passed without improvement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    #[serde(with = "exact")]
    best: Option<f64>,
    pub waited: usize,
}

impl Waiting {
    pub const fn new() -> Self {
        Self { best: None, waited: 0 }
    }

    /// Takes in a value; true where it is better than the best by more than a margin, which may depend on the best. The
    /// first number always improves, NaN never does.
    pub fn see(&mut self, value: f64, higher_is_better: bool, margin: impl Fn(f64) -> f64) -> bool {
        let improved = match self.best {
            _ if value.is_nan() => false,
            None => true,
            Some(best) if higher_is_better => value > best + margin(best),
            Some(best) => value < best - margin(best),
        };
        if improved {
            *self = Self { best: Some(value), waited: 0 };
        } else {
            self.waited += 1;
        }
        improved
    }
}
