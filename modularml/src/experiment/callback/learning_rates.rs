//! The learning rates of the optimizers.

use serde::{Deserialize, Serialize};

use super::{BuildCallback, Callback, EpochInfo, Moment, Next, StepInfo};
use crate::Result;
use crate::experiment::exact;
use crate::experiment::state::State;
use crate::plan::watched::Watched;
use crate::text::Name;

/// Records the learning rate of each optimizer that takes part in a train phase: `learning_rate.graph`, and
/// `learning_rate.node.NODE` of a node that has its own.
///
/// It is the rate of the last change of parameters: the one that the optimizer was declared with, times what the phase's
/// `rate`, `reduce` and callbacks made of it. An optimizer of one's own without a setting `lr` has none.
///
/// ```
/// use modularml::experiment::LearningRates;
///
/// const EACH_EPOCH: LearningRates = LearningRates::new();
/// const EACH_CHANGE: LearningRates = LearningRates::new().steps();
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct LearningRates {
    /// Records at every change of parameters, where it is behind each epoch otherwise.
    #[setting(default = false)]
    steps: bool,
}

impl BuildCallback for LearningRates {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Rates { steps: self.steps, last: Last::default() })
    }
}

struct Rates {
    steps: bool,
    last: Last,
}

/// The rates of the last change, by the name under which they are recorded.
#[derive(Default, Serialize, Deserialize)]
struct Last(#[serde(with = "exact")] Vec<(Name, f64)>);

impl Rates {
    fn record(&self, moment: &mut Moment<'_>) -> Result<Next> {
        self.last.0.iter().try_for_each(|(name, rate)| moment.record(*name, *rate))?;
        Ok(Next::Continue)
    }
}

impl Callback for Rates {
    fn on_phase_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.last = Last::default();
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        if !step.changed {
            return Ok(Next::Continue);
        }
        let takes_part = |site: usize| step.learning.iter().any(|learning| learning.site == site);
        let rates = moment.session().optimizers.rates().filter(|(site, ..)| takes_part(*site));
        self.last = Last(rates.map(|(_, name, rate)| (name, rate)).collect());
        if self.steps { self.record(moment) } else { Ok(Next::Continue) }
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        if self.steps { Ok(Next::Continue) } else { self.record(moment) }
    }

    fn state(&self) -> Result<State> {
        State::of(&self.last)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.last = state.values()?;
        Ok(())
    }
}
