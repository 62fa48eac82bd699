//! A callback that remembers the weights.

use super::*;

/// The weights before the first step, and behind each step and epoch.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) steps: Vec<(usize, BTreeMap<String, Vec<f64>>)>,
    pub(super) epochs: Vec<BTreeMap<String, Vec<f64>>>,
}

fn weights(moment: &Moment<'_>) -> BTreeMap<String, Vec<f64>> {
    let state = moment.session().graph().state().unwrap();
    state.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}

impl Callback for Seen {
    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if self.steps.is_empty() {
            self.steps.push((0, weights(moment)));
        }
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        if step.changed {
            self.steps.push((step.epoch, weights(moment)));
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        self.epochs.push(weights(moment));
        Ok(Next::Continue)
    }
}
