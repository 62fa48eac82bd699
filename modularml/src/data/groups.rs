//! Numbers for equal values: 0 for the first value that appears, 1 for the second one that differs, and so on.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Keys below this are looked up in a table; columns of classes and small codes have no others.
const SMALL: u64 = 1 << 12;
/// Marks an entry of the table whose key has not appeared.
const NEW: u32 = u32::MAX;

/// Numbers rows by their keys; rows without one are a group of their own.
pub(super) struct KeyNumbers {
    /// The number of each small key.
    small: Vec<u32>,
    large: HashMap<u64, u32, Hash64>,
    /// The number of rows without a key.
    missing: u32,
    /// How many groups there are.
    count: u32,
    /// The number of each row.
    numbers: Vec<u32>,
}

impl KeyNumbers {
    /// Of no rows yet, with room for some.
    pub(super) fn with_capacity(rows: usize) -> Self {
        let small = vec![NEW; usize::try_from(SMALL).unwrap_or(0)];
        Self { small, large: HashMap::default(), missing: NEW, count: 0, numbers: Vec::with_capacity(rows) }
    }

    /// Numbers further rows.
    pub(super) fn extend(&mut self, keys: impl Iterator<Item = Option<u64>>) {
        let Self { small, large, missing, count, numbers } = self;
        let mut next = |number: &mut u32| {
            if *number == NEW {
                *number = *count;
                *count += 1;
            }
            *number
        };
        numbers.extend(keys.map(|key| {
            let Some(key) = key else { return next(missing) };
            match usize::try_from(key).ok().and_then(|key| small.get_mut(key)) {
                Some(number) => next(number),
                None => next(large.entry(key).or_insert(NEW)),
            }
        }));
    }

    /// The number of each row.
    pub(super) fn finish(self) -> Vec<u32> {
        self.numbers
    }
}

/// Numbers rows by any values.
pub(super) fn number_values<T: Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<u32> {
    let mut numbers = HashMap::<T, u32, Hash64>::default();
    values
        .map(|value| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(value).or_insert(next)
        })
        .collect()
}

type Hash64 = BuildHasherDefault<Folded>;

/// Hashes by folded products, as wyhash does; the standard library's hash costs more than all else in a split.
#[derive(Default)]
struct Folded(u64);

impl Folded {
    #[allow(clippy::cast_possible_truncation, reason = "the two halves of the product")]
    fn mix(&mut self, word: u64) {
        // The first two constants of wyhash.
        let product = u128::from(self.0 ^ word ^ 0xa076_1d64_78bd_642f) * u128::from(0xe703_7ed1_a0b4_28db_u64);
        self.0 = (product as u64) ^ (product >> 64) as u64;
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_have_equal_numbers_by_first_appearance() {
        let keys = [Some(7), None, Some(u64::MAX), Some(7), Some(SMALL), None, Some(SMALL - 1), Some(u64::MAX)];
        let mut numbers = KeyNumbers::with_capacity(keys.len());
        numbers.extend(keys[..3].iter().copied());
        numbers.extend(keys[3..].iter().copied());
        assert_eq!(numbers.finish(), [0, 1, 2, 0, 3, 1, 4, 2]);
        let texts = ["worn", "", "fresh and long", "worn", "fresh and lonf", ""];
        assert_eq!(number_values(texts.into_iter()), [0, 1, 2, 0, 3, 1]);
    }

    #[test]
    fn keys_in_steps_of_a_power_of_two_do_not_pile_up() {
        for step in (0..=52).step_by(4) {
            let mut seen = std::collections::HashSet::new();
            for key in 0..4096u64 {
                let mut hash = Folded::default();
                hash.write_u64(key << step);
                // What a hash table of 8192 places looks at.
                seen.insert(hash.finish() & 8191);
            }
            assert!(seen.len() > 1024, "4096 keys in steps of 2^{step} are in {} places", seen.len());
        }
    }
}
