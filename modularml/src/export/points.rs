//! What was measured in a run, as points of curves.

use crate::record::{Event, PhaseSteps};

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
    steps: PhaseSteps,
}

impl Points {
    /// The points of an event; none where nothing was measured.
    pub fn of(&mut self, event: &Event) -> Vec<Point> {
        let phase = event.text("phase").unwrap_or_default();
        let epoch = event.whole("epoch");
        self.epoch = epoch.unwrap_or(self.epoch);
        self.steps.take(event);
        let validation = event.text("evaluation").map(|name| format!("{name}."));
        let (prefix, values) = match event.event.as_str() {
            "epoch" | "step" => {
                let loss = event.number("loss").map(|loss| ("loss".to_owned(), loss));
                let terms = event.numbers("terms").into_iter().map(|(label, value)| (format!("terms.{label}"), value));
                ("", loss.into_iter().chain(terms).collect())
            }
            "evaluation" => (validation.as_deref().unwrap_or_default(), values(event)),
            "recorded" => ("", values(event)),
            _ => return Vec::new(),
        };
        let (prefix, step) = match event.whole("step") {
            Some(step) => ("step.", self.steps.number(phase, self.epoch, step)),
            None => (prefix, self.epoch),
        };
        let place = if phase.is_empty() { prefix.to_owned() } else { format!("{phase}/{prefix}") };
        let point =
            |(name, value): (String, f64)| Point { curve: format!("{place}{name}"), step, time: event.time, value };
        values.into_iter().map(point).collect()
    }
}

fn values(event: &Event) -> Vec<(String, f64)> {
    event.numbers("values").into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The places of the points of some events.
    fn steps(events: impl IntoIterator<Item = serde_json::Value>) -> Vec<usize> {
        let mut points = Points::default();
        let mut of = |event: serde_json::Value| points.of(&serde_json::from_value(event).unwrap());
        events.into_iter().flat_map(&mut of).filter(|point| point.curve == "fit/step.norm").map(|it| it.step).collect()
    }

    fn recorded(epoch: usize, step: usize) -> serde_json::Value {
        json!({ "event": "recorded", "time": 1.0, "phase": "fit", "epoch": epoch, "step": step, "values": { "norm": 2.5 } })
    }

    fn ended(epoch: usize, steps: usize) -> serde_json::Value {
        json!({ "event": "epoch", "time": 1.0, "phase": "fit", "epoch": epoch, "loss": 1.0, "steps": steps })
    }

    #[test]
    fn a_step_stands_at_its_number_in_the_phase_whichever_steps_are_recorded() {
        // Each 1000th of epochs of 300 steps: the first is number 999.
        let first = [ended(0, 300), ended(1, 300), ended(2, 300), recorded(3, 99), ended(3, 300)];
        assert_eq!(steps(first), [999]);
        // Each 100th of epochs of 250 steps, of which the third goes on.
        let mut events = vec![recorded(0, 99), recorded(0, 199), ended(0, 250)];
        events.extend([recorded(1, 49), recorded(1, 149), recorded(1, 249), ended(1, 250), recorded(2, 99)]);
        assert_eq!(steps(events), [99, 199, 299, 399, 499, 599]);
        // An epoch that a callback has ended early, and the steps of another phase.
        let other = json!({ "event": "epoch", "time": 1.0, "phase": "warm", "epoch": 0, "loss": 1.0, "steps": 40 });
        assert_eq!(steps([other, recorded(0, 0), ended(0, 3), recorded(1, 0)]), [0, 3]);
    }

    #[test]
    fn what_an_evaluation_measured_stands_under_its_name() {
        let mut points = Points::default();
        let mut of = |event: serde_json::Value| -> Vec<(String, usize)> {
            let points = points.of(&serde_json::from_value(event).unwrap());
            points.into_iter().map(|point| (point.curve, point.step)).collect()
        };
        let values = json!({ "rmse": 2.5 });
        let far = json!({ "event": "evaluation", "time": 1.0, "phase": "fit", "epoch": 4, "evaluation": "far", "values": values });
        assert_eq!(of(far), [("fit/far.rmse".to_owned(), 4)]);
        let test = json!({ "event": "evaluation", "time": 1.0, "phase": "test", "epoch": null, "values": values });
        assert_eq!(of(test), [("test/rmse".to_owned(), 4)]);
    }
}
