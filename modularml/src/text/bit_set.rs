//! A set of small numbers, which a constant can hold.

/// Numbers below [`BitSet::CAPACITY`], for example the positions of nodes or inputs of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitSet([u128; BitSet::WORDS]);

impl BitSet {
    /// How many numbers it has room for.
    pub const CAPACITY: usize = 512;

    const BITS: usize = u128::BITS as usize;

    /// How many words it is made of.
    pub(crate) const WORDS: usize = Self::CAPACITY / Self::BITS;

    /// No numbers.
    pub const EMPTY: Self = Self([0; Self::WORDS]);

    /// The set of these words.
    pub(crate) const fn from_words(words: [u128; Self::WORDS]) -> Self {
        Self(words)
    }

    /// The words that it is made of.
    pub(crate) const fn words(&self) -> &[u128; Self::WORDS] {
        &self.0
    }

    /// One number.
    #[must_use]
    pub const fn of(number: usize) -> Self {
        let mut set = Self::EMPTY;
        set.insert(number);
        set
    }

    /// Takes in a number; one for which there is no room is left out.
    pub const fn insert(&mut self, number: usize) {
        if number < Self::CAPACITY {
            self.0[number / Self::BITS] |= 1 << (number % Self::BITS);
        }
    }

    /// Takes in all numbers of another set.
    pub const fn insert_all(&mut self, other: &Self) {
        let mut word = 0;
        while word < Self::WORDS {
            self.0[word] |= other.0[word];
            word += 1;
        }
    }

    /// Whether a number is in it.
    #[must_use]
    pub const fn contains(&self, number: usize) -> bool {
        number < Self::CAPACITY && self.0[number / Self::BITS] >> (number % Self::BITS) & 1 == 1
    }

    /// Whether all its numbers are in another set.
    #[must_use]
    pub const fn is_subset(&self, other: &Self) -> bool {
        let mut word = 0;
        while word < Self::WORDS {
            if self.0[word] & !other.0[word] != 0 {
                return false;
            }
            word += 1;
        }
        true
    }

    /// How many numbers are in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        let (mut len, mut word) = (0, 0);
        while word < Self::WORDS {
            len += self.0[word].count_ones() as usize;
            word += 1;
        }
        len
    }

    /// Whether no number is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest number in it from `from` on.
    #[must_use]
    pub const fn first_from(&self, from: usize) -> Option<usize> {
        let mut word = from / Self::BITS;
        let mut wanted = u128::MAX << (from % Self::BITS);
        while word < Self::WORDS {
            let left = self.0[word] & wanted;
            if left != 0 {
                return Some(word * Self::BITS + left.trailing_zeros() as usize);
            }
            wanted = u128::MAX;
            word += 1;
        }
        None
    }

    /// The numbers, the smallest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(self.first_from(0), |last| self.first_from(last + 1))
    }
}

impl FromIterator<usize> for BitSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut set = Self::EMPTY;
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::BitSet;

    #[test]
    fn numbers_of_all_words_are_told_apart() {
        let numbers = [0, 63, 64, 127, 128, 300, 511];
        let set: BitSet = numbers.into_iter().chain([BitSet::CAPACITY, usize::MAX]).collect();
        let found: Vec<usize> = (0..2 * BitSet::CAPACITY).filter(|&number| set.contains(number)).collect();
        assert_eq!(found, numbers);
        assert_eq!(set.len(), numbers.len());
        assert_eq!(set.iter().collect::<Vec<_>>(), numbers);
        assert_eq!(set.first_from(BitSet::CAPACITY), None);
        assert!(BitSet::EMPTY.is_empty() && BitSet::EMPTY.first_from(0).is_none());
    }

    #[test]
    fn a_set_is_within_its_union_with_another() {
        let (low, high) = (BitSet::from_iter([3, 64]), BitSet::from_iter([64, 400]));
        let mut both = low;
        both.insert_all(&high);
        assert_eq!(both, BitSet::from_iter([3, 64, 400]));
        assert!(low.is_subset(&both) && high.is_subset(&both) && !both.is_subset(&low) && !low.is_subset(&high));
    }
}
