//! What padding becomes on its way through a layer.

#[cfg(test)]
mod tests;

use candle_core::Tensor;

use super::{Layer, Mode, OnPadding};
use crate::graph::mask::{Mask, Masked};
use crate::{Error, Result};

/// Runs a layer over inputs of which some numbers may be padding, and tells of its output.
pub(crate) fn forward(
    layer: &dyn Layer,
    padding: OnPadding,
    inputs: &[Tensor],
    masks: &[Option<Mask>],
    mode: &mut Mode,
) -> Result<Masked> {
    if masks.iter().all(Option::is_none) {
        return Ok((layer.forward(inputs, mode)?, None));
    }
    match padding {
        OnPadding::Keeps => {
            let y = layer.forward(inputs, mode)?;
            let mask = Mask::of_all(masks, y.rank())?;
            Ok((y, mask))
        }
        OnPadding::Zeros => Ok((layer.forward(&zeroed(inputs, masks)?, mode)?, None)),
        OnPadding::Masks | OnPadding::Reduces if layer.takes_any_length() => to_the_longest(layer, inputs, masks, mode),
        OnPadding::Masks | OnPadding::Reduces => layer.forward_masked(inputs, masks, mode),
        OnPadding::Refuses => {
            Err(Error::Component("it cannot tell values from the padding of shorter rows".to_owned()))
        }
    }
}

/// Runs a layer over no more positions than the longest row of a batch has, and pads its output as the batch was.
fn to_the_longest(layer: &dyn Layer, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
    let (x, mask) = only(inputs, masks)?;
    let declared = x.dim(1)?;
    let longest = mask.longest(declared)?;
    if longest == declared {
        return layer.forward_masked(inputs, masks, mode);
    }
    let shorter = x.narrow(1, 0, longest)?.contiguous()?;
    let (y, mask) = layer.forward_masked(&[shorter], &[Some(mask.shortened(declared, longest)?)], mode)?;
    let Some(mask) = mask else { return Ok((y, None)) };
    let mask = mask.lengthened(&[y.dim(0)?, longest], 1, declared)?;
    Ok((y.pad_with_zeros(1, 0, declared - longest)?, Some(mask)))
}

/// The inputs with zeros in place of padding.
pub(crate) fn zeroed(inputs: &[Tensor], masks: &[Option<Mask>]) -> Result<Vec<Tensor>> {
    let zeroed = |(x, mask): (&Tensor, &Option<Mask>)| mask.as_ref().map_or_else(|| Ok(x.clone()), |mask| mask.zero(x));
    inputs.iter().zip(masks).map(zeroed).collect()
}

/// The one input of a layer, and where it has values.
pub(super) fn only<'a>(inputs: &'a [Tensor], masks: &'a [Option<Mask>]) -> Result<(&'a Tensor, &'a Mask)> {
    match (inputs, masks) {
        ([x], [Some(mask)]) => Ok((x, mask)),
        _ => Err(Error::Component(format!("a layer of one padded input was given {}", inputs.len()))),
    }
}

/// Refuses a batch `[rows, length, ..]` of sequences where a layer takes `[rows, channels, ..]`.
pub(super) fn check_channels_first(mask: &Mask, rank: usize) -> Result<()> {
    if mask.is_alike_along(rank.saturating_sub(2), rank) && mask.dims().get(1).is_some_and(|length| *length > 1) {
        return Err(Error::Component(
            "it takes [channels, ..], but the first axis are the positions of a sequence; put a Transpose between them, or \
             use MeanOfSequence or MaxOfSequence"
                .to_owned(),
        ));
    }
    Ok(())
}
