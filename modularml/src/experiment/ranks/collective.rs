//! What ranks need of each other.

use std::rc::Rc;

use crate::Result;

/// Some processes or threads, called ranks, that take the same steps and hand each other bytes.
///
/// All ranks call the same methods in the same order. A rank that fails must end the others: each of their calls is then an
/// error, and none waits for ever.
pub trait Collective {
    /// Which of the ranks this one is, counted from 0. The first one writes.
    fn rank(&self) -> usize;

    /// How many ranks there are.
    fn size(&self) -> usize;

    /// Hands each rank its part, by rank, and gives what each has handed to this one, by rank.
    ///
    /// # Errors
    /// [`Error::Rank`](crate::Error::Rank) when another rank has failed, or has ended while this one goes on.
    fn exchange(&self, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>>;

    /// Gives what each rank has, by rank.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.exchange(&vec![own; self.size()])
    }

    /// Adds what all ranks have, in an order that may depend on how many ranks there are; here in the order of ranks.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange), and when the ranks have different numbers.
    fn sum(&self, numbers: &mut Numbers) -> Result<()> {
        let all = self.gather(numbers.bytes())?;
        numbers.clear();
        all.iter().try_for_each(|other| numbers.add_bytes(other))
    }

    /// Tells the others that this rank has failed, and why. It returns as soon as that is told, and does nothing where it was
    /// told before.
    fn fail(&self, why: &str);
}

/// The same ranks for several sessions, one after the other.
impl<C: Collective + ?Sized> Collective for Rc<C> {
    fn rank(&self) -> usize {
        (**self).rank()
    }

    fn size(&self) -> usize {
        (**self).size()
    }

    fn exchange(&self, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
        (**self).exchange(parts)
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        (**self).gather(own)
    }

    fn sum(&self, numbers: &mut Numbers) -> Result<()> {
        (**self).sum(numbers)
    }

    fn fail(&self, why: &str) {
        (**self).fail(why);
    }
}

/// Numbers of one of the types that gradients have.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Of 32 bits.
    F32(Vec<f32>),
    /// Of 64 bits.
    F64(Vec<f64>),
}

/// What adds nothing to any number, not even to -0.
const NOTHING: f32 = -0.0;

impl Numbers {
    /// So many numbers that add nothing, of 64 bits or else 32.
    pub(super) fn nothing(is_wide: bool, count: usize) -> Self {
        if is_wide { Self::F64(vec![NOTHING.into(); count]) } else { Self::F32(vec![NOTHING; count]) }
    }

    /// Puts numbers that add nothing in place of all.
    pub(super) fn clear(&mut self) {
        match self {
            Self::F32(numbers) => numbers.fill(NOTHING),
            Self::F64(numbers) => numbers.fill(NOTHING.into()),
        }
    }

    /// The bytes of the numbers, as this machine orders them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::F32(numbers) => bytemuck::cast_slice(numbers),
            Self::F64(numbers) => bytemuck::cast_slice(numbers),
        }
    }

    /// The same bytes, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::F32(numbers) => bytemuck::cast_slice_mut(numbers),
            Self::F64(numbers) => bytemuck::cast_slice_mut(numbers),
        }
    }

    /// How many bytes a number has.
    pub(super) const fn width(&self) -> usize {
        match self {
            Self::F32(_) => size_of::<f32>(),
            Self::F64(_) => size_of::<f64>(),
        }
    }

    /// Adds as many others, one by one.
    pub(super) fn add(&mut self, others: &Self) -> Result<()> {
        self.add_bytes(others.bytes())
    }

    /// Adds as many others, given as bytes, one by one.
    pub(super) fn add_bytes(&mut self, others: &[u8]) -> Result<()> {
        let (found, expected) = (others.len(), self.bytes().len());
        if found != expected {
            return Err(crate::Error::Training(format!(
                "a rank has {found} bytes of gradients where this one has {expected}; do all ranks run the same?"
            )));
        }
        match self {
            Self::F32(numbers) => add(numbers, others),
            Self::F64(numbers) => add(numbers, others),
        }
        Ok(())
    }
}

fn add<T: bytemuck::AnyBitPattern + std::ops::AddAssign>(numbers: &mut [T], others: &[u8]) {
    let others = others.chunks_exact(size_of::<T>());
    numbers.iter_mut().zip(others).for_each(|(number, other)| *number += bytemuck::pod_read_unaligned(other));
}
