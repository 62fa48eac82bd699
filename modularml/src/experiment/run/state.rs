//! What is saved of a run.

use std::collections::BTreeMap;
use std::ops::Range;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::{Run, Stage};
use crate::experiment::folds::{gathered, take_gathered};
use crate::experiment::predictions::kept_predictions;
use crate::experiment::ranks::Sharing;
use crate::experiment::results::PhaseResult;
use crate::experiment::session::Session;
use crate::experiment::state::State;
use crate::experiment::train::{CALLBACKS, Training};
use crate::experiment::weights::Weights;
use crate::{Error, Result};

/// The parts of the state of a run.
const WEIGHTS: &str = "weights";
const TRAINING: &str = "training";
const PREDICTIONS: &str = "predictions";
const GATHERED: &str = "gathered";

/// The weights in a saved state of a run, by name.
///
/// # Errors
/// When the state is none of a run.
pub(crate) fn weights_of(state: &State) -> Result<&BTreeMap<String, Tensor>> {
    Ok(state.part(WEIGHTS)?.tensors())
}

/// What is saved of a run beside tensors and callbacks.
#[derive(Serialize, Deserialize)]
struct Saved {
    experiment: String,
    seed: u64,
    fold: u32,
    phases: Range<usize>,
    stage: Stage,
    results: Vec<PhaseResult>,
    drawn: Vec<usize>,
    /// Into how many shares each batch was cut; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shares: Option<usize>,
}

impl Run<'_> {
    /// All that is needed to go on from here: weights, optimizers, position, gradients that were gathered, callbacks and
    /// results. Later steps do not change it.
    ///
    /// # Errors
    /// When the run has failed, or a tensor cannot be copied.
    pub fn state(&self) -> Result<State> {
        if self.stage == Stage::Failed {
            return Err(Error::State("a run that failed has no state to go on from".to_owned()));
        }
        let saved = Saved {
            experiment: self.session.spec().name.to_owned(),
            seed: self.session.seed(),
            fold: self.session.fold(),
            phases: self.phases.clone(),
            stage: self.stage,
            results: self.results().to_vec(),
            drawn: self.session.drawn.clone(),
            shares: self.session.sharing().map(Sharing::shares),
        };
        let state = State::of(&saved)?.with_part(CALLBACKS, self.callbacks.state()?);
        let state = state.with_part(WEIGHTS, self.session.weights()?.to_state());
        let state = match kept_predictions(self.results())? {
            Some(predictions) => state.with_part(PREDICTIONS, predictions),
            None => state,
        };
        let state = match gathered(self.results())? {
            Some(gathered) => state.with_part(GATHERED, gathered),
            None => state,
        };
        Ok(match &self.training {
            Some(training) => state.with_part(TRAINING, training.state()?),
            None => state,
        })
    }

    pub(super) fn set_state(&mut self, state: &State) -> Result<()> {
        let mut saved: Saved = state.values()?;
        let own = (self.session.spec().name, self.session.seed(), self.session.fold());
        let theirs = (saved.experiment.as_str(), saved.seed, saved.fold);
        if own != theirs {
            return Err(Error::State(format!(
                "the saved run is of experiment `{}`, seed {}, fold {}; this is `{}`, seed {}, fold {}",
                theirs.0, theirs.1, theirs.2, own.0, own.1, own.2
            )));
        }
        let phases = self.session.plan.phases.len();
        if saved.phases.end > phases || saved.drawn.len() != phases || saved.stage == Stage::Failed {
            return Err(Error::State(format!("the saved run has other phases than `{}`", own.0)));
        }
        self.session.take_shares(saved.shares)?;
        self.session.take_kept(&mut saved.results, state)?;
        self.callbacks.set_state(state.part(CALLBACKS)?)?;
        self.session.set_weights(&Weights::of_state(state.part(WEIGHTS)?))?;
        self.training = None;
        if let Some(state) = state.parts().get(TRAINING) {
            let mut training = Training::new(self.session, saved.phases.start)?;
            training.set_state(state)?;
            self.training = Some(training);
        }
        (self.phases, self.stage) = (saved.phases, saved.stage);
        (self.session.results, self.session.drawn) = (saved.results, saved.drawn);
        Ok(())
    }
}

impl Session {
    /// Gives results what a state holds beside them.
    fn take_kept(&self, results: &mut [PhaseResult], state: &State) -> Result<()> {
        if let Some(predictions) = state.parts().get(PREDICTIONS) {
            self.take_predictions(results, predictions)?;
        }
        match state.parts().get(GATHERED) {
            Some(state) => take_gathered(results, state),
            None => Ok(()),
        }
    }

    /// The results of a run that is over, in its state; none of another.
    ///
    /// # Errors
    /// When the state is of another run.
    pub(crate) fn results_in(&self, state: &State) -> Result<Option<Vec<PhaseResult>>> {
        let mut saved: Saved = state.values()?;
        self.take_kept(&mut saved.results, state)?;
        Ok((saved.stage == Stage::Over).then_some(saved.results))
    }
}
