//! What was measured in a run, as points of curves.

use std::collections::BTreeMap;

use crate::record::Event;

/// One number of a curve.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    /// The curve: `regress/val.rmse`.
    pub curve: String,
    /// The epoch; of a step its number, counted over its phase.
    pub step: usize,
    /// When it was measured, in seconds since 1970.
    pub time: f64,
    pub value: f64,
}

/// Makes points of events, which come in their order.
#[derive(Default)]
pub(super) struct Points {
    /// The last epoch of the train phase before: what is measured outside of epochs stands there.
    epoch: usize,
    steps: BTreeMap<String, Steps>,
}

/// The steps of a phase so far. Events tell a step by its number in the epoch.
#[derive(Clone, Copy, Default)]
struct Steps {
    epoch: usize,
    before_epoch: usize,
    in_epoch: usize,
}

impl Points {
    /// The points of an event; none where nothing was measured.
    pub fn of(&mut self, event: &Event) -> Vec<Point> {
        let phase = event.text("phase").unwrap_or_default().to_owned();
        let epoch = whole(event, "epoch");
        self.epoch = epoch.unwrap_or(self.epoch);
        let (prefix, values) = match event.event.as_str() {
            "epoch" | "step" => ("", event.number("loss").map(|loss| ("loss", loss)).into_iter().collect()),
            "evaluation" if epoch.is_some() => ("val.", event.numbers("values")),
            "evaluation" | "recorded" => ("", event.numbers("values")),
            _ => return Vec::new(),
        };
        let (prefix, step) = match whole(event, "step") {
            Some(step) => ("step.", self.count(&phase, step)),
            None => (prefix, self.epoch),
        };
        let place = if phase.is_empty() { prefix.to_owned() } else { format!("{phase}/{prefix}") };
        let point =
            |(name, value): (&str, f64)| Point { curve: format!("{place}{name}"), step, time: event.time, value };
        values.into_iter().map(point).collect()
    }

    /// The number of a step in its phase.
    fn count(&mut self, phase: &str, step: usize) -> usize {
        let steps = self.steps.entry(phase.to_owned()).or_default();
        if steps.epoch != self.epoch {
            *steps = Steps { epoch: self.epoch, before_epoch: steps.before_epoch + steps.in_epoch, in_epoch: 0 };
        }
        steps.in_epoch = steps.in_epoch.max(step + 1);
        steps.before_epoch + step
    }
}

/// A count in an event; none where it has no such count.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is no count is left out before")]
pub(super) fn whole(event: &Event, key: &str) -> Option<usize> {
    event.number(key).filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as usize)
}
