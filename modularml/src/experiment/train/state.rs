//! What is saved of a train phase in progress.

use super::Training;
use super::position::Position;
use crate::experiment::state::State;
use crate::{Error, Result};

/// The part of a state that holds those of callbacks.
pub(in crate::experiment) const CALLBACKS: &str = "callbacks";

impl Training {
    /// All that a phase in progress is, beside the weights and optimizers of its session.
    pub(in crate::experiment) fn state(&self) -> Result<State> {
        let name = |at: usize| self.parameters.get(at).map(|learning| learning.name.clone());
        let gradients = self.updates.gradients();
        let gradients = gradients.filter_map(|(at, gradient)| Some((name(at)?, gradient.copy())));
        let gradients = gradients.map(|(name, gradient)| Ok((name, gradient?))).collect::<Result<Vec<_>>>()?;
        let state = State::of(&(&self.at, self.updates.taken))?.with_tensors(gradients);
        Ok(state.with_part(CALLBACKS, self.callbacks.state()?))
    }

    /// Takes over the state of the same phase in another session.
    pub(in crate::experiment) fn set_state(&mut self, state: &State) -> Result<()> {
        let (at, taken): (Position, usize) = state.values()?;
        let (_, train, _) = self.of.get()?;
        if at.epoch >= train.epochs || at.unmoved.iter().any(|&parameter| parameter >= self.parameters.len()) {
            return Err(Error::State(format!("the saved run is in another phase than {}", self.title)));
        }
        self.callbacks.set_state(state.part(CALLBACKS)?)?;
        for (name, gradient) in state.tensors() {
            let parameter = self.parameters.iter().position(|learning| learning.name == *name);
            let none = || {
                Error::State(format!(
                    "the saved run has a gradient of `{name}`, which does not learn in {}",
                    self.title
                ))
            };
            self.updates.set_gradient(parameter.ok_or_else(none)?, gradient)?;
        }
        self.updates.taken = taken;
        self.at = at;
        Ok(())
    }
}
