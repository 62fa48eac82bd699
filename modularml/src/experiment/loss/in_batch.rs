//! Losses that take the other rows of a batch as negatives. Their value depends on which rows share a batch, and is 0
//! where a row is alone.

use candle_core::{Device, Tensor};

use super::distance::normalized;
use super::{Formula, PerSample};
use crate::Result;
use crate::graph::kernel::device::beside;
use crate::graph::softmax::log_softmax;

/// A row's key shall be more like its query than the keys of the other rows are (van den Oord et al., 2018): cross
/// entropy of the cosines of the query and all keys of the batch, divided by `temperature`, where the row's own key is
/// right.
///
/// ```
/// use modularml::experiment::loss::InfoNce;
///
/// let loss = InfoNce::temperature(0.1);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(query: Output, key: Output)]
#[shape(query == key)]
pub struct InfoNce {
    /// What cosines are divided by; the smaller, the more the nearest negatives count.
    #[setting(first, above = 0.0)]
    temperature: f64,
}

impl Formula for InfoNce {
    fn forward(&self, inputs: InfoNceInputs<'_>) -> Result<PerSample> {
        let cosines = normalized(inputs.query)?.matmul(&normalized(inputs.key)?.t()?)?;
        let rows = cosines.dim(0)?;
        let logarithms = log_softmax(&(cosines / self.temperature)?)?;
        Ok(PerSample(pick(&logarithms, 0..rows)?.neg()?))
    }
}

/// [`InfoNce`] both ways, with the rows of the same side as negatives too (Chen et al., 2020): of each of the 2 n rows
/// the other row of its pair is right among all but itself. The loss of a pair is the mean of its two rows.
///
/// ```
/// use modularml::experiment::loss::NtXent;
///
/// let loss = NtXent::temperature(0.5);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(first: Output, second: Output)]
#[shape(first == second)]
pub struct NtXent {
    /// What cosines are divided by; the smaller, the more the nearest negatives count.
    #[setting(first, above = 0.0)]
    temperature: f64,
}

impl Formula for NtXent {
    fn forward(&self, inputs: NtXentInputs<'_>) -> Result<PerSample> {
        let all = normalized(&Tensor::cat(&[inputs.first, inputs.second], 0)?)?;
        let cosines = all.matmul(&all.t()?)?;
        let (both, rows) = (cosines.dim(0)?, inputs.first.dim(0)?);
        // A row is no candidate for itself.
        let mut itself = vec![0.0; both * both];
        itself.iter_mut().step_by(both + 1).for_each(|own| *own = f64::NEG_INFINITY);
        let itself = beside(&cosines, &Tensor::from_vec(itself, (both, both), &Device::Cpu)?)?;
        let logarithms = log_softmax(&((cosines / self.temperature)? + itself)?)?;
        let right = pick(&logarithms, (rows..both).chain(0..rows))?;
        Ok(PerSample(((right.narrow(0, 0, rows)? + right.narrow(0, rows, rows)?)? * -0.5)?))
    }
}

/// Of each row, the number in the column that belongs to it.
fn pick(rows: &Tensor, columns: impl Iterator<Item = usize>) -> Result<Tensor> {
    let columns: Vec<i64> = columns.map(|column| i64::try_from(column).unwrap_or(i64::MAX)).collect();
    let columns = Tensor::new(columns, rows.device())?;
    Ok(rows.gather(&columns.unsqueeze(1)?, 1)?.squeeze(1)?)
}
