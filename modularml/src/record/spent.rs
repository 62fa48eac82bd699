//! How long something took, and how many rows it computed.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

/// The time and the rows of an epoch, an evaluation or a phase, over all processes in which it ran.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Spent {
    /// Before the clock was started the last time.
    seconds: f64,
    pub rows: usize,
    #[serde(skip)]
    started: Option<Instant>,
}

impl Spent {
    /// Nothing so far, with the clock running.
    pub(super) fn start() -> Self {
        Self { started: Some(Instant::now()), ..Self::default() }
    }

    /// Stops the clock.
    pub(super) fn pause(&mut self) {
        self.seconds = self.seconds();
        self.started = None;
    }

    /// Starts the clock again.
    pub(super) fn go_on(&mut self) {
        *self = Self { seconds: self.seconds(), started: Some(Instant::now()), ..*self };
    }

    fn seconds(&self) -> f64 {
        self.seconds + self.started.map_or(0.0, |started| started.elapsed().as_secs_f64())
    }

    /// Writes it into an event: `seconds`, `rows` and `rows_per_second`, the last two where there are rows.
    pub(super) fn tell(&self, event: &mut Json) {
        let seconds = self.seconds();
        let mut told = Map::from_iter([("seconds".to_owned(), json!(seconds))]);
        if self.rows > 0 {
            #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
            let rate = self.rows as f64 / seconds.max(1e-9);
            told.extend([("rows".to_owned(), json!(self.rows)), ("rows_per_second".to_owned(), json!(rate))]);
        }
        if let Some(event) = event.as_object_mut() {
            event.extend(told);
        }
    }
}
