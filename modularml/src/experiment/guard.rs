//! The guard against losses that are not finite.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::callback::{Callback, LossInfo, Moment, Next};
use super::exact;
use super::state::State;
use super::suspect::Suspected;
use crate::{Error, NotFinite, Result};

/// Ends a run at a loss that is not finite, and says where that began; or leaves such steps out.
pub(super) struct Guard {
    skips: bool,
    last: Last,
}

/// The last finite loss of the epoch.
#[derive(Default, Serialize, Deserialize)]
struct Last(#[serde(with = "exact")] Option<f64>);

impl Guard {
    pub(super) fn new(skips: bool) -> Self {
        Self { skips, last: Last::default() }
    }
}

impl Callback for Guard {
    fn on_epoch_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.last = Last::default();
        Ok(Next::Continue)
    }

    fn on_loss(&mut self, loss: &LossInfo<'_>) -> Result<Next> {
        let step = &loss.step;
        if step.loss.is_finite() {
            self.last = Last(Some(step.loss));
            return Ok(Next::Continue);
        }
        if self.skips {
            tracing::warn!("step {} of epoch {} is left out: its loss is {}", step.step + 1, step.epoch + 1, step.loss);
            return Ok(Next::SkipStep);
        }
        let first = loss.suspect.first_place()?;
        let place = first.as_ref().map_or_else(String::new, |first| format!("; first not finite: {}", first.text));
        let first = first.unwrap_or_default();
        let last = self.last.0.map_or_else(String::new, |last| format!("; the step before it had {last}"));
        let problem = format!(
            "train `{}`{}, epoch {} step {}: loss is {}{place}{last}; lower the learning rate ({}), or look for extreme \
             values in the rows; to leave such steps out: skip_non_finite;",
            step.phase,
            step.line(),
            step.epoch + 1,
            step.step + 1,
            step.loss,
            loss.optimizers()
        );
        let (phase, epoch) = (step.phase.to_owned(), step.epoch);
        let Suspected { node, column, rows, .. } = first;
        Err(Error::NotFinite(Box::new(NotFinite { phase, epoch, step: step.step, node, column, rows, problem })))
    }

    fn skips_steps(&self) -> bool {
        self.skips
    }

    fn state(&self) -> Result<State> {
        State::of(&self.last)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.last = state.values()?;
        Ok(())
    }
}
