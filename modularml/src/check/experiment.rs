//! Rules over one experiment.

use super::Message;
use crate::experiment::ExperimentSpec;

/// Every mistake in an experiment, its graph not included.
#[must_use]
pub fn all(experiment: &ExperimentSpec) -> Vec<Message> {
    let _ = experiment;
    Vec::new()
}
