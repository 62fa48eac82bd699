//! The weights that a run had when its newest checkpoint was written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

use candle_core::Tensor;

use super::folder::EVENTS;
use super::keeper::{Newest, newest_whole};
use super::reader::{Event, RunRecord};
use crate::error::Problem;
use crate::experiment::weights_of;
use crate::{Result, spec};

/// The weights of a run at one moment.
pub(crate) struct WeightsThen {
    /// The tensors by name.
    pub tensors: BTreeMap<String, Tensor>,
    /// The last event before that moment that tells an epoch; none where no epoch had ended.
    pub epoch: Option<Event>,
}

impl RunRecord {
    /// The weights of the newest checkpoint that can be read; none where there is no checkpoint. Nothing is changed or
    /// locked, so the run may be going on.
    ///
    /// # Errors
    /// When there are checkpoints, and none can be read.
    pub(crate) fn newest_weights(&self) -> Result<Option<WeightsThen>> {
        let Some(Newest { checkpoint, .. }) = newest_whole(self.path())? else { return Ok(None) };
        let events = checkpoint.note().get("events").and_then(serde_json::Value::as_u64);
        let tensors = weights_of(&checkpoint.into_state()?)?.clone();
        Ok(Some(WeightsThen { tensors, epoch: self.last_epoch(events.unwrap_or_default())? }))
    }

    /// The last event of an epoch in so many bytes of the log.
    fn last_epoch(&self, bytes: u64) -> Result<Option<Event>> {
        let path = self.path().join(EVENTS);
        let failed = |error| Problem::from(error).of("cannot be read").in_file(&path);
        let mut last = None;
        for line in BufReader::new(File::open(&path).map_err(failed)?.take(bytes)).lines() {
            let event: Event =
                spec::from_json(line.map_err(failed)?.as_bytes()).map_err(|problem| problem.in_file(&path))?;
            if event.event == "epoch" {
                last = Some(event);
            }
        }
        Ok(last)
    }
}
