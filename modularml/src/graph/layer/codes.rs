//! Codes that reach a layer as numbers.

use candle_core::Tensor;

use crate::graph::kernel::device::f64s;
use crate::{Error, Result};

/// The codes of a batch, all below a count.
///
/// # Errors
/// When a number is no code, with its row.
pub(super) fn codes(x: &Tensor, count: usize) -> Result<Vec<u32>> {
    let numbers = f64s(&x.detach())?;
    #[allow(clippy::cast_precision_loss, reason = "at most 2^24")]
    let is_code = |code: f64| code >= 0.0 && code < count as f64 && code.fract() == 0.0;
    if let Some((at, code)) = numbers.iter().enumerate().find(|(_, code)| !is_code(**code)) {
        let (row, last) = (at / (numbers.len() / x.dim(0)?.max(1)).max(1), count.saturating_sub(1));
        return Err(Error::Data(format!("row {row} of the batch has code {code}, but the codes are 0 to {last}")));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^24")]
    Ok(numbers.into_iter().map(|code| code as u32).collect())
}
