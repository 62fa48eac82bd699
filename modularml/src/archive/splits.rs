//! Split records as JSON, in the form that a saved experiment has them.

use serde::{Deserialize, Serialize};

use super::config::{Component, component};
use super::restore::splitter;
use crate::process::{SplitRecord, SplitStep};
use crate::registry::Registry;
use crate::text::intern;
use crate::{Error, Result};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    seed: u64,
    splits: Vec<Step>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    of: Option<String>,
    splitter: Component,
    item: u32,
}

impl SplitRecord {
    /// The record as JSON: splitters by name and settings.
    ///
    /// # Errors
    /// None in practice; JSON holds every setting.
    pub fn to_json(&self) -> Result<String> {
        let step = |step: &SplitStep| Step {
            of: step.of.map(str::to_owned),
            splitter: component(step.splitter.name, &step.splitter.settings),
            item: step.item,
        };
        let record = Record { seed: self.seed, splits: self.steps.iter().map(step).collect() };
        serde_json::to_string_pretty(&record).map_err(|error| Error::Data(error.to_string()))
    }

    /// Reads what [`SplitRecord::to_json`] wrote, with the splitters of a registry.
    ///
    /// # Errors
    /// When the text is no record, or names a splitter that is not registered or has other settings.
    pub fn from_json(text: &str, registry: &Registry) -> Result<Self> {
        let record: Record =
            serde_json::from_str(text).map_err(|error| Error::Data(format!("not a record of splits: {error}")))?;
        record.splits.iter().try_fold(Self::new(record.seed), |read, step| {
            let splitter = splitter(&step.splitter, registry).map_err(Error::Data)?;
            Ok(read.step(SplitStep { of: step.of.as_deref().map(intern), splitter, item: step.item }))
        })
    }
}
