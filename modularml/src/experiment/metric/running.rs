//! The built-in metrics as the engine runs them: batch after batch, as plain numbers.

use candle_core::Tensor;

use super::Measurement;
use super::batch::Batch;
use super::value::MetricValue;
use crate::Result;
use crate::graph::Mask;
use crate::text::Name;

/// A number over batches.
pub(super) trait Accumulate: Send {
    fn take(&mut self, batch: &Batch) -> Result<()>;
    fn value(&self) -> f64;
}

/// What is no number, over batches.
pub(super) trait Gather: Send {
    fn take(&mut self, batch: &Batch) -> Result<()>;
    /// The value; `classes` are the names of the target's classes, in their order.
    fn measured(&self, classes: &[Name]) -> MetricValue;
}

/// A number being measured.
pub(super) struct Running<A>(pub A);

/// What is no number, being measured.
pub(super) struct Gathering<G>(pub G);

impl<A: Accumulate> Measurement for Running<A> {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        self.0.take(&Batch::read(inputs, None)?)
    }

    fn add_weighted(&mut self, inputs: &[Tensor], weights: &Tensor) -> Result<()> {
        self.0.take(&Batch::read(inputs, Some(weights))?)
    }

    fn add_masked(&mut self, inputs: &[Tensor], mask: &Mask) -> Result<()> {
        self.0.take(&Batch::read_masked(inputs, mask, None)?)
    }

    fn add_masked_weighted(&mut self, inputs: &[Tensor], mask: &Mask, weights: &Tensor) -> Result<()> {
        self.0.take(&Batch::read_masked(inputs, mask, Some(weights))?)
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}

impl<G: Gather> Measurement for Gathering<G> {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        self.0.take(&Batch::read(inputs, None)?)
    }

    fn add_weighted(&mut self, inputs: &[Tensor], weights: &Tensor) -> Result<()> {
        self.0.take(&Batch::read(inputs, Some(weights))?)
    }

    fn value(&self) -> f64 {
        f64::NAN
    }

    fn measured(&self, classes: &[Name]) -> MetricValue {
        self.0.measured(classes)
    }
}
