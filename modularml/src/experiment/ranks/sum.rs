//! The sum of the gradients of all shares of a batch.

use std::ops::Range;

use candle_core::{Device, Tensor};

use super::collective::Numbers;
use super::sharing::Sharing;
use super::tree::{Block, Sums};
use crate::graph::autograd::Gradients;
use crate::graph::kernel::numbers::with_numbers;
use crate::{Error, Result};

/// Where the gradients of parameters stand in one row of numbers.
pub(in crate::experiment) struct Layout {
    spans: Vec<Range<usize>>,
    is_wide: bool,
}

impl Layout {
    /// The gradients of parameters of so many numbers each, which are of 64 bits or else 32.
    pub(in crate::experiment) fn new(counts: impl Iterator<Item = usize>, is_wide: bool) -> Self {
        let spans = counts.scan(0, |end, count| {
            let start = *end;
            *end += count;
            Some(start..*end)
        });
        Self { spans: spans.collect(), is_wide }
    }

    fn nothing(&self) -> Numbers {
        Numbers::nothing(self.is_wide, self.spans.last().map_or(0, |span| span.end))
    }

    /// The gradient of a parameter, of a shape.
    ///
    /// # Errors
    /// When the shape has another number of elements.
    pub(in crate::experiment) fn gradient(&self, sum: &Numbers, position: usize, shape: &[usize]) -> Result<Tensor> {
        let span = self.spans.get(position).cloned().unwrap_or_default();
        Ok(match sum {
            Numbers::F32(numbers) => Tensor::from_slice(numbers.get(span).unwrap_or_default(), shape, &Device::Cpu)?,
            Numbers::F64(numbers) => Tensor::from_slice(numbers.get(span).unwrap_or_default(), shape, &Device::Cpu)?,
        })
    }
}

/// The gradients of the shares of this rank, added as far as it can.
#[derive(Default)]
pub(in crate::experiment) struct Sum(Sums<Numbers>);

impl Sum {
    /// Takes in the next share; parameters without a gradient add nothing.
    pub(in crate::experiment) fn push(&mut self, layout: &Layout, share: usize, gradients: &Gradients) -> Result<()> {
        let mut numbers = layout.nothing();
        for (position, span) in layout.spans.iter().enumerate() {
            let Some(gradient) = gradients.get(position) else { continue };
            match &mut numbers {
                Numbers::F32(numbers) => with_numbers(gradient, |from| copy(numbers, span, from))?,
                Numbers::F64(numbers) => with_numbers(gradient, |from| copy(numbers, span, from))?,
            }
        }
        self.0.push(Block::of(share), numbers, |sum, more| sum.add(&more))
    }

    /// The sum over the shares of all ranks, and the highest of what they say.
    ///
    /// In the order of the tree each rank adds one part of the numbers for all: it gets that part of what the others have added
    /// so far, and hands them the sum.
    pub(in crate::experiment) fn over_ranks(
        self,
        layout: &Layout,
        sharing: &Sharing,
        word: u8,
    ) -> Result<(Numbers, u8)> {
        let ranks = sharing.size();
        if ranks == 1 || sharing.is_in_any_order() {
            let mut sum = self.0.total(|sum, more| sum.add(&more))?.unwrap_or_else(|| layout.nothing());
            if ranks > 1 {
                sharing.collective().sum(&mut sum)?;
            }
            return Ok((sum, sharing.highest(word)?));
        }
        let part = |rank| {
            let blocks = self.0.each().map(|sum| sum.bytes().get(part_of(sum, rank, ranks)).unwrap_or_default());
            blocks.collect::<Vec<_>>().concat()
        };
        let parts: Vec<Vec<u8>> = (0..ranks).map(part).collect();
        let received = sharing.collective().exchange(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        let mut whole = layout.nothing();
        let own = part_of(&whole, sharing.rank(), ranks);
        let sum = sum_of(&received, sharing, Numbers::nothing(layout.is_wide, own.len() / whole.width()))?;
        let mut answer = sum.bytes().to_vec();
        answer.push(word);
        let mut highest = word;
        for (rank, answer) in sharing.gather(&answer)?.iter().enumerate() {
            let (word, bytes) = answer.split_last().ok_or_else(|| misfit(rank))?;
            highest = highest.max(*word);
            let place = part_of(&whole, rank, ranks);
            let place = whole.bytes_mut().get_mut(place).filter(|place| place.len() == bytes.len());
            place.ok_or_else(|| misfit(rank))?.copy_from_slice(bytes);
        }
        Ok((whole, highest))
    }
}

/// The bytes of the numbers that a rank adds.
fn part_of(numbers: &Numbers, rank: usize, ranks: usize) -> Range<usize> {
    let width = numbers.width();
    let count = numbers.bytes().len() / width;
    count * rank / ranks * width..count * (rank + 1) / ranks * width
}

/// The sum of the part of this rank, which all have handed it: of each rank, of each of its blocks.
fn sum_of(received: &[Vec<u8>], sharing: &Sharing, nothing: Numbers) -> Result<Numbers> {
    let mut sums = Sums::default();
    let length = nothing.bytes().len();
    for (rank, bytes) in received.iter().enumerate() {
        let blocks = Block::covering(sharing.shares_of(rank));
        if bytes.len() != blocks.len() * length {
            return Err(misfit(rank));
        }
        for (at, block) in blocks.into_iter().enumerate() {
            let mut numbers = nothing.clone();
            numbers.add_bytes(bytes.get(at * length..(at + 1) * length).unwrap_or_default())?;
            sums.push(block, numbers, |sum, more| sum.add(&more))?;
        }
    }
    Ok(sums.total(|sum, more| sum.add(&more))?.unwrap_or(nothing))
}

fn misfit(rank: usize) -> Error {
    Error::Training(format!("rank {rank} has gradients of another size; do all ranks run the same?"))
}

fn copy<T: Copy>(numbers: &mut [T], span: &Range<usize>, from: &[T]) -> candle_core::Result<()> {
    match numbers.get_mut(span.clone()) {
        Some(place) if place.len() == from.len() => place.copy_from_slice(from),
        _ => candle_core::bail!("a gradient of {} numbers for a parameter of {}", from.len(), span.len()),
    }
    Ok(())
}
