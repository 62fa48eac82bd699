//! Trials that fill the space evenly.

use super::draw::distinct;
use super::{Search, SearchSpec};
use crate::random::Rng;
use crate::spec::{ChoiceSpec, ParameterValue};
use crate::{Error, Result};

/// Tries so many combinations of a Sobol sequence, which fills the space of all choices more evenly than numbers at random:
/// `choose SobolSearch::trials(64) by regress.val.rmse;`. A power of two fills it best.
///
/// The sequence is scrambled after Owen by the seed (Burley, "Practical hash-based Owen scrambling", Journal of Computer Graphics
/// Techniques 9, 2020).
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct SobolSearch {
    /// How many trials there are.
    #[setting(first = trials, at_least = 1)]
    trials: usize,
}

impl SobolSearch {
    /// The search with its type erased.
    #[must_use]
    pub const fn spec(self) -> SearchSpec {
        SearchSpec::of::<Self>("SobolSearch", self.settings())
    }
}

impl From<SobolSearch> for SearchSpec {
    fn from(search: SobolSearch) -> Self {
        search.spec()
    }
}

impl Search for SobolSearch {
    #[allow(clippy::cast_possible_truncation, reason = "the low half of random bits, and places below both limits")]
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
        let most = sobol_burley::NUM_DIMENSIONS as usize;
        if choices.len() > most {
            return Err(Error::Data(format!(
                "SobolSearch tries up to {most} choices together, found {}",
                choices.len()
            )));
        }
        let seed = rng.bits() as u32;
        distinct("SobolSearch", choices, self.trials, |place| {
            // The sequence has so many places; behind it there is nothing new.
            let place = place as u32 % (1 << 16);
            (0u32..).zip(choices).map(|(choice, _)| f64::from(sobol_burley::sample(place, choice, seed))).collect()
        })
    }
}
