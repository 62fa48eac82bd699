//! Trials at random.

use super::draw::distinct;
use super::{Search, SearchSpec};
use crate::Result;
use crate::random::Rng;
use crate::spec::{ChoiceSpec, ParameterValue};

/// Tries so many different combinations at random, each value of a list as likely as the others:
/// `choose RandomSearch::trials(40) by regress.val.rmse;`
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct RandomSearch {
    /// How many trials there are.
    #[setting(first = trials, at_least = 1)]
    trials: usize,
}

impl RandomSearch {
    /// The search with its type erased.
    #[must_use]
    pub const fn spec(self) -> SearchSpec {
        SearchSpec::of::<Self>("RandomSearch", self.settings())
    }
}

impl From<RandomSearch> for SearchSpec {
    fn from(search: RandomSearch) -> Self {
        search.spec()
    }
}

impl Search for RandomSearch {
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
        distinct("RandomSearch", choices, self.trials, |_| choices.iter().map(|_| rng.unit()).collect())
    }
}
