//! Successive halving.

use super::draw::distinct;
use super::{Rung, Search, SearchSpec};
use crate::Result;
use crate::random::Rng;
use crate::spec::{ChoiceSpec, ParameterValue};

/// Tries so many combinations at random for a few epochs, and trains the best on: those that are left are compared again after
/// `factor` times as many epochs, of which one in `factor` goes on, until the epochs of the phase are reached:
/// `choose HalvingSearch::trials(27).from(3).factor(3) by regress.val.rmse;`
///
/// A trial that goes on has the bits of one that was never compared (Jamieson and Talwalkar, "Non-stochastic best arm
/// identification and hyperparameter optimization", 2016). What is compared is a value of `val`.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct HalvingSearch {
    /// How many trials there are at first.
    #[setting(first = trials, at_least = 2)]
    trials: usize,
    /// How many epochs each of them trains before they are compared first.
    #[setting(default = 1, at_least = 1)]
    from: usize,
    /// By what the epochs grow, and the trials become fewer.
    #[setting(default = 3, at_least = 2)]
    factor: usize,
}

impl HalvingSearch {
    /// The search with its type erased.
    #[must_use]
    pub const fn spec(self) -> SearchSpec {
        SearchSpec { halves: true, ..SearchSpec::of::<Self>("HalvingSearch", self.settings()) }
    }
}

impl From<HalvingSearch> for SearchSpec {
    fn from(search: HalvingSearch) -> Self {
        search.spec()
    }
}

impl Search for HalvingSearch {
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
        distinct("HalvingSearch", choices, self.trials, |_| choices.iter().map(|_| rng.unit()).collect())
    }

    fn rungs(&self, trials: usize, epochs: usize) -> Vec<Rung> {
        let (mut rungs, mut reached, mut left) = (Vec::new(), self.from.max(1), trials);
        while reached < epochs && left > 1 {
            left = left.div_ceil(self.factor.max(2));
            rungs.push(Rung { epochs: reached, keep: left });
            reached = reached.saturating_mul(self.factor.max(2));
        }
        rungs
    }
}
