//! Where the numbers of a batch are values, and where padding behind rows that are shorter than others.

use candle_core::{D, DType, Device, Tensor};

use super::kernel::device::on_cpu;
use crate::error::At as _;
use crate::text::Shape;
use crate::{Error, Result};

/// What stands in place of padding where the largest value is looked for: smaller than any value, and finite, so that it
/// times 0 is 0.
pub(crate) const LOWEST: f64 = f32::MIN as f64;

/// Which numbers of a batch `[rows, ..]` are values: 1 where one is, 0 where padding is. It has as many axes as the
/// batch; one of size 1 stands for an axis along which all are alike.
#[derive(Clone, Debug)]
pub struct Mask(Tensor);

/// A batch, and where it has values; none where it has no padding.
pub type Masked = (Tensor, Option<Mask>);

impl Mask {
    /// A mask of zeros and ones.
    ///
    /// # Errors
    /// When the tensor holds other numbers or has no axis of rows.
    pub fn new(mask: &Tensor) -> Result<Self> {
        let bytes = on_cpu(mask)?.to_dtype(DType::U8)?;
        if bytes.rank() == 0 || bytes.flatten_all()?.to_vec1::<u8>()?.iter().any(|byte| *byte > 1) {
            return Err(Error::Component("a mask is [rows, ..] of 0 for padding and 1 for values".to_owned()));
        }
        Ok(Self(bytes))
    }

    /// Where sequences of these lengths have values, for a batch `[rows, most, ..]`.
    pub(crate) fn of_lengths(lengths: &[usize], most: usize) -> Result<Self> {
        let mask = lengths.iter().flat_map(|&length| (0..most).map(move |position| u8::from(position < length)));
        Self::from_vec(mask.collect(), &[lengths.len(), most])
    }

    fn from_vec(mask: Vec<u8>, dims: &[usize]) -> Result<Self> {
        Ok(Self(Tensor::from_vec(mask, dims, &Device::Cpu)?))
    }

    /// The zeros and ones, as bytes on the CPU.
    #[must_use]
    pub const fn as_tensor(&self) -> &Tensor {
        &self.0
    }

    /// The size of each axis.
    pub(crate) fn dims(&self) -> &[usize] {
        self.0.dims()
    }

    /// The same with axes of size 1 behind it, as many axes as `rank`.
    fn of_rank(&self, rank: usize) -> Result<Tensor> {
        let mut dims = self.dims().to_vec();
        dims.resize(rank.max(dims.len()), 1);
        Ok(self.0.reshape(dims)?)
    }

    /// The mask of each number of a batch of these dimensions.
    pub(crate) fn of_each(&self, dims: &[usize]) -> Result<Tensor> {
        let mask = self.of_rank(dims.len())?.broadcast_as(dims)?.contiguous();
        mask.at(|| format!("a mask of {:?} over {dims:?}", self.dims()))
    }

    /// A batch with `value` in place of padding.
    ///
    /// # Errors
    /// When the mask is not one of this batch.
    pub fn fill(&self, x: &Tensor, value: f64) -> Result<Tensor> {
        let filler = Tensor::full(value, (), x.device())?.to_dtype(x.dtype())?.broadcast_as(x.dims())?;
        let mask = self.of_each(x.dims())?.to_device(x.device())?;
        Ok(mask.where_cond(x, &filler)?)
    }

    /// A batch with zeros in place of padding.
    ///
    /// # Errors
    /// When the mask is not one of this batch.
    pub fn zero(&self, x: &Tensor) -> Result<Tensor> {
        self.fill(x, 0.0)
    }

    /// The mask as numbers beside a batch, one for each of its numbers.
    pub(crate) fn numbers(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.of_each(x.dims())?.to_dtype(x.dtype())?.to_device(x.device())?)
    }

    /// Where all of several batches have values, for one of `rank` axes at least that is joined from them number by number.
    pub(crate) fn of_all(masks: &[Option<Self>], rank: usize) -> Result<Option<Self>> {
        let mut joined: Option<Tensor> = None;
        let rank = masks.iter().flatten().map(|mask| mask.dims().len()).fold(rank, usize::max);
        for mask in masks.iter().flatten() {
            let mask = mask.of_rank(rank)?;
            joined = Some(match joined {
                Some(joined) => joined.broadcast_mul(&mask)?,
                None => mask,
            });
        }
        Ok(joined.map(Self))
    }

    /// The mask of a batch of these dimensions under another shape.
    pub(crate) fn reshaped(&self, dims: &[usize], output: &Shape) -> Result<Self> {
        let rows = dims.first().copied().unwrap_or(0);
        let to: Vec<usize> = std::iter::once(rows).chain(output.axes().iter().copied()).collect();
        Ok(Self(self.of_each(dims)?.reshape(to)?))
    }

    /// The masks of batches of these dimensions, joined along an axis.
    pub(crate) fn joined(masks: &[Option<Self>], dims: &[Vec<usize>], axis: usize) -> Result<Self> {
        let each = masks.iter().zip(dims).map(|(mask, dims)| match mask {
            Some(mask) => mask.of_each(dims),
            None => Ok(Tensor::ones(dims.as_slice(), DType::U8, &Device::Cpu)?),
        });
        Ok(Self(Tensor::cat(&each.collect::<Result<Vec<_>>>()?, axis)?))
    }

    /// The mask of a batch made longer along an axis by padding.
    pub(crate) fn lengthened(&self, dims: &[usize], axis: usize, wanted: usize) -> Result<Self> {
        let mask = self.of_each(dims)?;
        let missing = wanted.saturating_sub(mask.dim(axis)?);
        Ok(Self(mask.pad_with_zeros(axis, 0, missing)?))
    }

    /// The same with a new axis.
    pub(crate) fn unsqueezed(&self, dims: &[usize], axis: usize) -> Result<Self> {
        Ok(Self(self.of_each(dims)?.unsqueeze(axis)?))
    }

    /// The mask of a batch of that rank whose last two axes are exchanged.
    pub(crate) fn transposed(&self, rank: usize) -> Result<Self> {
        Ok(Self(self.of_rank(rank)?.transpose(D::Minus2, D::Minus1)?.contiguous()?))
    }

    /// Whether all numbers along the last axes of a batch of that rank are alike.
    pub(crate) fn is_alike_along(&self, axes: usize, rank: usize) -> bool {
        let own = self.dims().iter().skip(rank.saturating_sub(axes));
        own.into_iter().all(|size| *size == 1)
    }

    /// For a batch `[rows, length, ..]`, whether a position holds a value.
    pub(crate) fn positions(&self, length: usize) -> Result<Vec<u8>> {
        let rows = self.dims().first().copied().unwrap_or(0);
        let rest: usize = self.dims().iter().skip(2).product();
        let mask = match self.dims() {
            [_, found, ..] if *found == length => self.0.reshape((rows, length, rest.max(1)))?.max(2)?,
            _ => self.0.reshape((rows, ()))?.max(1)?.reshape((rows, 1))?.broadcast_as((rows, length))?,
        };
        Ok(mask.flatten_all()?.to_vec1()?)
    }

    /// How many positions of a batch `[rows, length, ..]` the longest row has; 1 where none has a value.
    pub(crate) fn longest(&self, length: usize) -> Result<usize> {
        let positions = self.positions(length)?;
        let of_rows = positions.chunks_exact(length.max(1)).filter_map(|row| row.iter().rposition(|byte| *byte == 1));
        Ok(of_rows.max().map_or(1, |last| last + 1).min(length))
    }

    /// The mask of the first positions of a batch `[rows, length, ..]`, by position.
    pub(crate) fn shortened(&self, length: usize, wanted: usize) -> Result<Self> {
        Ok(Self(self.by_position(length)?.0.narrow(1, 0, wanted)?.contiguous()?))
    }

    /// The mask of `[rows, length, ..]` by position.
    pub(crate) fn by_position(&self, length: usize) -> Result<Self> {
        let rows = self.dims().first().copied().unwrap_or(0);
        Self::from_vec(self.positions(length)?, &[rows, length])
    }

    /// For a batch `[rows, length, ..]`, the last position of each row that holds a value, alone.
    pub(crate) fn last_positions(&self, length: usize) -> Result<Self> {
        let mut mask = self.positions(length)?;
        for row in mask.chunks_exact_mut(length.max(1)) {
            let last = row.iter().rposition(|byte| *byte == 1);
            row.iter_mut().enumerate().for_each(|(position, byte)| *byte = u8::from(Some(position) == last));
        }
        let rows = mask.len() / length.max(1);
        Self::from_vec(mask, &[rows, length])
    }

    /// Where any number along the last axis of a batch of that rank has a value; none where that axis is all there is beside
    /// the rows.
    pub(crate) fn any_along_last(&self, rank: usize) -> Result<Option<Self>> {
        Ok(if rank <= 2 { None } else { Some(Self(self.of_rank(rank)?.max_keepdim(rank - 1)?)) })
    }

    /// Whether each row has any value.
    pub(crate) fn any_of_rows(&self) -> Result<Vec<bool>> {
        let rows = self.0.dim(0)?;
        let any: Vec<u8> = self.0.reshape((rows, ()))?.max(1)?.to_vec1()?;
        Ok(any.into_iter().map(|any| any == 1).collect())
    }

    /// For a batch `[rows, channels, ..]` of these dimensions, where all channels have values, with one channel.
    pub(crate) fn all_of_channels(&self, dims: &[usize]) -> Result<Self> {
        let mask = self.of_rank(dims.len())?;
        Ok(if mask.dims().get(1).is_some_and(|channels| *channels > 1) {
            Self(mask.min_keepdim(1)?)
        } else {
            Self(mask)
        })
    }

    /// For a batch `[rows, channels, ..]` of these dimensions, which channels have any value, as `[rows, channels]`.
    pub(crate) fn any_of_channels(&self, dims: &[usize]) -> Result<Self> {
        let mask = self.of_rank(dims.len())?;
        let (rows, channels) = (mask.dim(0)?, mask.dim(1)?);
        Ok(Self(mask.reshape((rows, channels, ()))?.max(2)?))
    }

    /// The mask of windows along an axis, of which `count` says how many a length has: as many in each line as its values
    /// alone have, which must follow one another from its beginning.
    pub(crate) fn of_windows(&self, axis: usize, count: impl Fn(usize) -> usize) -> Result<Self> {
        let most = self.0.dim(axis)?;
        if most == 1 {
            return Ok(self.clone());
        }
        let lines = self.0.transpose(axis, self.0.rank() - 1)?.contiguous()?;
        let mut dims = lines.dims().to_vec();
        let windows = count(most);
        if let Some(last) = dims.last_mut() {
            *last = windows;
        }
        let counts = Self::lengths(&lines.flatten_all()?.to_vec1::<u8>()?, most)?.into_iter().map(|length| {
            // A row without values has no window, even where padding at the ends would make one.
            if length == 0 { 0 } else { count(length) }
        });
        let mask: Vec<u8> = counts.flat_map(|count| (0..windows).map(move |window| u8::from(window < count))).collect();
        let mask = Tensor::from_vec(mask, dims, &Device::Cpu)?;
        Ok(Self(mask.transpose(axis, self.0.rank() - 1)?.contiguous()?))
    }

    /// How many values come first in each line along the last axis, where no value follows padding.
    fn lengths(mask: &[u8], most: usize) -> Result<Vec<usize>> {
        let length = |line: &[u8]| {
            let length = line.iter().take_while(|byte| **byte == 1).count();
            line.iter().skip(length).all(|byte| *byte == 0).then_some(length)
        };
        let lengths: Option<Vec<usize>> = mask.chunks_exact(most.max(1)).map(length).collect();
        lengths.ok_or_else(|| {
            Error::Component(
                "windows slide over values that follow one another, but padding stands between some; join sequences \
                 behind the layer, not before it"
                    .to_owned(),
            )
        })
    }
}
