//! The weights with which a recorded run has ended, for a session that measures or predicts.

use super::manifest::weights_digest;
use super::reader::RunRecord;
use crate::Result;
use crate::archive::checkpoint::{same_data, same_description};
use crate::error::Problem;
use crate::experiment::Session;

impl Session {
    /// Takes the weights with which a recorded run has finished. Nothing is run, and the folder is neither changed nor locked.
    /// The session has the same description, data, seed and fold, since splits and scalers are made of these; device and
    /// versions may be others.
    ///
    /// # Errors
    /// When the run has not finished, description or data are not those of then, or its last checkpoint is not there.
    pub fn take_weights_of(&mut self, run: &RunRecord) -> Result<()> {
        self.try_take(run).map_err(|problem| problem.in_file(run.path()))
    }

    fn try_take(&mut self, run: &RunRecord) -> Result<(), Problem> {
        let manifest = run.manifest();
        if !manifest.is_finished() {
            let outcome = &manifest.outcome;
            return Err(
                format!("has not finished ({outcome}), so it has no weights to measure with; resume it first").into()
            );
        }
        manifest.same_draws(self)?;
        same_description(manifest.description.to_string().as_bytes(), self)?;
        same_data(&manifest.data, &self.fingerprint()?)?;
        let then = run.newest_weights()?;
        let before = self.weights()?;
        if let Some(then) = then {
            self.graph.set_state(&then.tensors)?;
            if Some(weights_digest(self)?) == manifest.weights_digest {
                return Ok(());
            }
            self.set_weights(&before)?;
        }
        Err("has no checkpoint with the weights at its end any more; run it again".into())
    }
}
