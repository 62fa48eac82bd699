//! The number of a step in its phase, where records tell a step by its number in the epoch.

use std::collections::BTreeMap;

use super::reader::Event;

/// How many steps the epochs of each phase had, as far as the events tell that were taken in.
#[derive(Debug, Default)]
pub(crate) struct PhaseSteps {
    /// By phase and epoch, how many steps the phase had taken when the epoch ended.
    ends: BTreeMap<String, BTreeMap<usize, usize>>,
}

impl PhaseSteps {
    /// Takes in an event. An epoch that has not ended, or does not tell how many steps it had, has those that are known of it.
    pub(crate) fn take(&mut self, event: &Event) {
        let (Some(phase), Some(epoch)) = (event.text("phase"), event.whole("epoch")) else { return };
        let steps = if event.event == "epoch" {
            event.whole("steps")
        } else {
            event.whole("step").map(|step| step.saturating_add(1))
        };
        let Some(steps) = steps else { return };
        let end = self.number(phase, epoch, steps);
        let known = self.ends.entry(phase.to_owned()).or_default().entry(epoch).or_default();
        *known = end.max(*known);
    }

    /// The number of a step in its phase, both counted from 0.
    pub(crate) fn number(&self, phase: &str, epoch: usize, step: usize) -> usize {
        let before = self.ends.get(phase).and_then(|ends| ends.range(..epoch).next_back());
        before.map_or(0, |(_, end)| *end).saturating_add(step)
    }
}
