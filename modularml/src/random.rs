//! Randomness: one counter-based generator, keyed by what it is used for.
//!
//! Nothing draws from a global generator. The ChaCha8 key is the coordinates themselves, so two uses never share a
//! stream, and the draws of epoch 7 are the same whether or not epochs 0 to 6 ran in this process.

#[cfg(test)]
mod tests;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// What numbers are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Assigning rows to splits.
    Split = 1,
    /// Choosing and ordering rows.
    Sample = 2,
    /// Initial weights.
    Weights = 3,
    /// Dropout and other noise in a step.
    Noise = 4,
    /// Choosing which values are tried.
    Search = 5,
    /// Choosing the rows that an evaluation measures.
    Measure = 6,
    /// Varying the rows of a step.
    Augment = 7,
    /// What models draw that are fitted to all rows at once.
    Fit = 8,
    /// Mixing the rows of a step.
    Mix = 9,
}

/// Where in a run numbers are drawn; what does not apply stays 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The fold of a cross-validation.
    pub fold: u32,
    /// The phase, by its position in the experiment.
    pub phase: u32,
    /// The epoch within the phase.
    pub epoch: u32,
    /// The step within the epoch.
    pub step: u32,
    /// The node, input or statement, by its position.
    pub item: u32,
}

/// A generator of random numbers for one purpose at one place.
#[derive(Clone, Debug)]
pub struct Rng {
    generator: ChaCha8Rng,
}

impl Rng {
    /// The generator for a purpose at a place under the experiment's seed.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, place: Place) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let words = [purpose as u32, place.fold, place.phase, place.epoch, place.step, place.item];
        for (bytes, word) in key[8..].chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self { generator: ChaCha8Rng::from_seed(key) }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number in `[0, 1)`.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number in `[0, bound)`, each equally likely; 0 when `bound` is 0.
    ///
    /// Lemire, "Fast random integer generation in an interval", 2019: from 32 random bits where the bound has no more,
    /// as every number of rows has, otherwise from 64.
    #[allow(clippy::cast_possible_truncation, reason = "the high and low halves of a product of twice the width")]
    pub fn below(&mut self, bound: usize) -> usize {
        if let Ok(bound) = u32::try_from(bound) {
            self.below_u32(bound) as usize
        } else {
            let bound = bound as u64;
            let mut product = u128::from(self.bits()) * u128::from(bound);
            if (product as u64) < bound {
                let threshold = bound.wrapping_neg() % bound;
                while (product as u64) < threshold {
                    product = u128::from(self.bits()) * u128::from(bound);
                }
            }
            (product >> 64) as usize
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "the high and low halves of a 64-bit product")]
    fn below_u32(&mut self, bound: u32) -> u32 {
        let mut product = u64::from(self.generator.next_u32()) * u64::from(bound);
        if (product as u32) < bound {
            // A bound of 0 has taken no branch: no product is below it.
            let threshold = bound.wrapping_neg() % bound;
            while (product as u32) < threshold {
                product = u64::from(self.generator.next_u32()) * u64::from(bound);
            }
        }
        (product >> 32) as u32
    }

    /// Puts the values into a random order, each order equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last + 1);
            values.swap(last, other);
        }
    }
}
