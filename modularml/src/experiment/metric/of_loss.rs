//! A loss as a metric.

use candle_core::{DType, Tensor};

use super::Measurement;
use super::batch::{count, read_weights};
use crate::Result;
use crate::experiment::loss::{BuiltLoss, loss_of_values};
use crate::graph::Mask;
use crate::graph::kernel::device::{f64s, on_cpu};

/// The weighted mean over rows of a loss, computed in f64.
pub(super) struct MeanLoss {
    loss: BuiltLoss,
    sum: f64,
    weight: f64,
}

impl MeanLoss {
    pub(super) fn of(loss: BuiltLoss) -> Self {
        Self { loss, sum: 0.0, weight: 0.0 }
    }

    fn values(&self, inputs: &[Tensor]) -> Result<Vec<f64>> {
        let inputs: Vec<Tensor> = inputs.iter().map(precise).collect::<Result<_>>()?;
        Ok(f64s(&(self.loss)(&inputs)?.0)?)
    }
}

/// The same numbers in f64; classes stay whole numbers.
fn precise(input: &Tensor) -> Result<Tensor> {
    let input = on_cpu(input)?;
    Ok(if input.dtype().is_float() { input.to_dtype(DType::F64)? } else { input })
}

impl Measurement for MeanLoss {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        let values = self.values(inputs)?;
        self.sum += values.iter().sum::<f64>();
        self.weight += count(values.len());
        Ok(())
    }

    fn add_weighted(&mut self, inputs: &[Tensor], weights: &Tensor) -> Result<()> {
        let values = self.values(inputs)?;
        let weights = read_weights(weights, values.len())?;
        self.sum += values.iter().zip(&weights).map(|(value, weight)| weight * value).sum::<f64>();
        self.weight += weights.iter().sum::<f64>();
        Ok(())
    }

    fn add_masked(&mut self, inputs: &[Tensor], mask: &Mask) -> Result<()> {
        let inputs: Vec<Tensor> = inputs.iter().map(precise).collect::<Result<_>>()?;
        let (values, counts) = loss_of_values(&self.loss, &inputs, mask)?;
        self.sum += f64s(&values)?.iter().sum::<f64>();
        self.weight += count(counts.iter().filter(|values| **values > 0).count());
        Ok(())
    }

    fn add_masked_weighted(&mut self, inputs: &[Tensor], mask: &Mask, weights: &Tensor) -> Result<()> {
        let inputs: Vec<Tensor> = inputs.iter().map(precise).collect::<Result<_>>()?;
        let (values, counts) = loss_of_values(&self.loss, &inputs, mask)?;
        let weights = read_weights(weights, counts.len())?;
        for ((value, weight), _) in f64s(&values)?.iter().zip(&weights).zip(&counts).filter(|(_, count)| **count > 0) {
            self.sum += weight * value;
            self.weight += weight;
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
