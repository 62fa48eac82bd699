//! Where a train phase is.

use serde::{Deserialize, Serialize};

use crate::experiment::results::TrainResult;
use crate::experiment::terms::Mean;

/// Where a train phase is, beside weights and gradients.
#[derive(Serialize, Deserialize)]
pub(super) struct Position {
    /// How many epochs of this phase earlier runs of the session have drawn, so that this one draws others.
    pub(super) drawn: usize,
    pub(super) epoch: usize,
    /// The next step of the epoch.
    pub(super) step: usize,
    /// The loss of the epoch so far.
    pub(super) mean: Mean,
    /// The terms of it that are told, by place in the loss.
    #[serde(default)]
    pub(super) terms: Vec<Mean>,
    /// The parameters that had no gradient so far, which all must have after the first round of the feeds.
    pub(super) unmoved: Vec<usize>,
    pub(super) result: TrainResult,
}
