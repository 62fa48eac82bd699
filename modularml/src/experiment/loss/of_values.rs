//! A loss of the values of padded rows alone.

use candle_core::{Device, Tensor};

use super::BuiltLoss;
use crate::graph::Mask;
use crate::graph::kernel::device::beside;
use crate::{Error, Result};

/// The loss of every row of which some numbers are padding, for losses that are the mean over the numbers of a row: the
/// mean over its values, and 0 for a row without one; and how many values each row has.
pub(crate) fn loss_of_values(loss: &BuiltLoss, inputs: &[Tensor], mask: &Mask) -> Result<(Tensor, Vec<usize>)> {
    let Some(first) = inputs.first() else {
        return Err(Error::Component("a loss needs inputs, found none".to_owned()));
    };
    let rows = first.dim(0)?;
    let mask: Vec<u8> = mask.of_each(first.dims())?.flatten_all()?.to_vec1()?;
    let width = (mask.len() / rows.max(1)).max(1);
    let counts: Vec<usize> =
        mask.chunks_exact(width).map(|row| row.iter().map(|byte| usize::from(*byte)).sum()).collect();
    let too_many = |_| Error::Component(format!("{} numbers in a batch are too many", mask.len()));
    let places = (0..).zip(&mask).filter(|(_, byte)| **byte == 1).map(|(place, _)| place);
    let places: Vec<u32> = places.map(u32::try_from).collect::<Result<_, _>>().map_err(too_many)?;
    if places.is_empty() {
        return Ok((Tensor::zeros(rows, first.dtype(), first.device())?, counts));
    }
    let index = Tensor::new(places.as_slice(), first.device())?;
    let picked = inputs.iter().map(|x| x.contiguous()?.flatten_all()?.index_select(&index, 0));
    let values = loss(&picked.collect::<candle_core::Result<Vec<_>>>()?)?.0;
    let row_of = |place: &u32| *place as usize / width;
    #[allow(clippy::cast_precision_loss, reason = "a row has far fewer than 2^52 numbers")]
    let share = |place: &u32| 1.0 / counts.get(row_of(place)).copied().unwrap_or(1).max(1) as f64;
    let shares: Vec<f64> = places.iter().map(share).collect();
    let of_rows: Vec<u32> = places.iter().map(row_of).map(u32::try_from).collect::<Result<_, _>>().map_err(too_many)?;
    let shares = beside(&values, &Tensor::from_vec(shares, places.len(), &Device::Cpu)?)?;
    let zeros = Tensor::zeros(rows, values.dtype(), values.device())?;
    let of_rows = Tensor::new(of_rows, values.device())?;
    Ok((zeros.index_add(&of_rows, &(values * shares)?, 0)?, counts))
}
