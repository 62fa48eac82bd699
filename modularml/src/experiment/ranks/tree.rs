//! The order in which the gradients of shares are added: that of a fixed tree.
//!
//! A block is 1, 2, 4, .. shares from a multiple of its length on, and is the sum of its two halves. What is missing behind the
//! last share adds nothing. So the sum of all shares is the same whoever adds which blocks.

use std::ops::Range;

/// Shares that are added: `1 << level` of them, from `index << level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    level: u32,
    index: usize,
}

impl Block {
    /// A single share.
    pub(super) const fn of(share: usize) -> Self {
        Self { level: 0, index: share }
    }

    /// The block that this one and the one behind it are halves of.
    fn with(self, next: Self) -> Option<Self> {
        let are_halves = self.level == next.level && self.index.is_multiple_of(2) && self.index + 1 == next.index;
        are_halves.then(|| Self { level: self.level + 1, index: self.index / 2 })
    }

    /// The largest blocks that some shares are made of, in order.
    pub(super) fn covering(shares: Range<usize>) -> Vec<Self> {
        let mut sums = Sums::default();
        for share in shares {
            // Nothing is added here, so nothing can fail.
            let _ = sums.push(Self::of(share), (), |(), ()| Ok::<(), ()>(()));
        }
        sums.blocks().collect()
    }
}

/// Sums of blocks, as large ones as what was put in gives.
pub(super) struct Sums<T>(Vec<(Block, T)>);

impl<T> Default for Sums<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Sums<T> {
    /// Takes in the next block, and adds the halves of a larger one as soon as both are there.
    ///
    /// # Errors
    /// Those of the addition.
    pub(super) fn push<E>(&mut self, block: Block, sum: T, add: impl Fn(&mut T, T) -> Result<(), E>) -> Result<(), E> {
        let (mut block, mut sum) = (block, sum);
        while let Some((before, mut of_before)) = self.0.pop() {
            let Some(both) = before.with(block) else {
                self.0.push((before, of_before));
                break;
            };
            add(&mut of_before, sum)?;
            (block, sum) = (both, of_before);
        }
        self.0.push((block, sum));
        Ok(())
    }

    fn blocks(&self) -> impl Iterator<Item = Block> {
        self.0.iter().map(|(block, _)| *block)
    }

    /// The sums, in the order of their blocks.
    pub(super) fn each(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, sum)| sum)
    }

    /// The sum of all, from the last block to the first: what is behind the last share is missing in each larger block.
    ///
    /// # Errors
    /// Those of the addition.
    pub(super) fn total<E>(self, add: impl Fn(&mut T, T) -> Result<(), E>) -> Result<Option<T>, E> {
        let mut total = None;
        for (_, mut sum) in self.0.into_iter().rev() {
            if let Some(behind) = total {
                add(&mut sum, behind)?;
            }
            total = Some(sum);
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is added to what.
    #[allow(
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        reason = "it stands for an addition that can fail"
    )]
    fn add(left: &mut String, right: String) -> Result<(), ()> {
        *left = format!("({left} {right})");
        Ok(())
    }

    fn total(shares: usize, ranks: usize) -> String {
        let mut all = Sums::default();
        for rank in 0..ranks {
            let range = shares * rank / ranks..shares * (rank + 1) / ranks;
            let mut own = Sums::default();
            range.clone().try_for_each(|share| own.push(Block::of(share), share.to_string(), add)).expect("it adds");
            assert_eq!(own.blocks().collect::<Vec<_>>(), Block::covering(range));
            for (block, sum) in own.0 {
                all.push(block, sum, add).expect("it adds");
            }
        }
        all.total(add).expect("it adds").expect("a share")
    }

    #[test]
    fn the_order_of_additions_does_not_depend_on_the_number_of_ranks() {
        assert_eq!(total(4, 1), "((0 1) (2 3))");
        assert_eq!(total(7, 3), "(((0 1) (2 3)) ((4 5) 6))");
        for shares in 1..40 {
            for ranks in 1..=shares {
                assert_eq!(total(shares, ranks), total(shares, 1), "{shares} shares on {ranks} ranks");
            }
        }
    }

    #[test]
    fn ranks_add_what_they_can_themselves() {
        assert_eq!(Block::covering(0..4), [Block { level: 2, index: 0 }]);
        assert_eq!(Block::covering(4..8), [Block { level: 2, index: 1 }]);
        assert_eq!(Block::covering(3..6), [Block::of(3), Block { level: 1, index: 2 }]);
    }
}
