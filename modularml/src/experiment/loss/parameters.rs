//! Losses on the parameters of a node.

use super::{Formula, PerSample};
use crate::Result;

/// The sum of the squares of a node's parameters: with a small weight, it keeps them small.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(parameters: Parameters)]
pub struct L2;

impl Formula for L2 {
    fn forward(&self, inputs: L2Inputs<'_>) -> Result<PerSample> {
        Ok(PerSample(inputs.parameters.sqr()?.sum_all()?.reshape(1)?))
    }
}
