//! Outputs in the units of the columns that they predict.

#[cfg(test)]
mod tests;

use candle_core::{Device, Tensor};

use crate::Result;
use crate::data::{RowTransform, View};
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::process::FittedChain;

/// Scaled values of rows in raw units, as f64. Where an output has an axis more than its column, as that of quantiles has,
/// each position along it is a value of the column. Scalers that need the rows themselves are not undone without them.
pub(super) fn raw_units(chain: &FittedChain, scaled: &Tensor, rows: Option<&View>) -> Result<Tensor> {
    let at = || "an output in raw units".to_owned();
    // The rows are an axis, too.
    let last = RowTransform::shape(chain).rank() + 1;
    if scaled.rank() == last + 1 {
        let one = |place| raw_units(chain, &scaled.narrow(last, place, 1)?.squeeze(last)?, rows);
        let all = (0..scaled.dim(last)?).map(one).collect::<Result<Vec<_>>>()?;
        return Tensor::stack(&all, last).at(at);
    }
    let shape = scaled.shape().clone();
    let mut values = f64s(scaled).at(at)?;
    match rows {
        Some(rows) => chain.inverse(&mut values, rows)?,
        None => chain.inverse_values(&mut values)?,
    }
    Tensor::from_vec(values, shape, &Device::Cpu).at(at)
}
