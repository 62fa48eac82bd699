//! Losses on the parameters of a node.

use super::numbers::Absolute;
use super::{Formula, PerSample};
use crate::Result;
use crate::graph::pointwise::apply;

/// The sum of the sizes of a node's parameters: with a small weight, it makes many of them 0 (the lasso; Tibshirani, 1996).
/// The gradient at 0 is 0.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(parameters: Parameters)]
pub struct L1Penalty;

impl Formula for L1Penalty {
    fn forward(&self, inputs: L1PenaltyInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(apply(inputs.parameters, Absolute)?.sum_all()?.reshape(1)?))
    }
}

/// The sum of the squares of a node's parameters: with a small weight, it keeps them small.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(parameters: Parameters)]
pub struct L2Penalty;

impl Formula for L2Penalty {
    fn forward(&self, inputs: L2PenaltyInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(inputs.parameters.sqr()?.sum_all()?.reshape(1)?))
    }
}
