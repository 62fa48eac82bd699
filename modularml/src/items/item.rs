//! One run of a study.

use serde::{Deserialize, Serialize};

use crate::archive::checkpoint::Fingerprint;
use crate::digest::Digest;
use crate::experiment::{ExperimentSpec, Session};
use crate::record::Until;
use crate::spec::ParameterSpec;
use crate::{Error, Result};

/// How many digits of the digest an id has.
const DIGITS: usize = 12;

/// One run of a study: what it is of, and under which seed and in which fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Item {
    /// A digest of description, data, seed and fold: the same run has the same id everywhere.
    pub id: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The fold of this run, counted from 0; 0 of an experiment without folds. Of a trial in inner folds it is the inner one, and
    /// `within` is the fold that chooses.
    pub fold: u32,
    /// Of a trial, the values that it tries; none of what a study reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<ParameterSpec>,
    /// Of a trial in inner folds, the fold that chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// Of a trial of successive halving, after how many epochs it waits for its first comparison; the item that reports has those
    /// that are kept go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
}

impl Item {
    /// The item of what a study reports in a fold.
    pub(super) fn of(session: &Session, data: &Fingerprint, seed: u64, fold: u32) -> Result<Self> {
        let id = id(&description(session, seed)?, data, fold)?;
        Ok(Self { id, seed, fold, tries: Vec::new(), within: None, until: None })
    }

    /// The item of a trial; its description is that of a session of the trial.
    pub(super) fn of_trial(
        trial: &ExperimentSpec,
        data: &Fingerprint,
        (seed, fold): (u64, u32),
        (tries, within): (Vec<ParameterSpec>, Option<u32>),
    ) -> Result<Self> {
        let seed_of_trial = if trial.rows_seed.is_some() { trial.seed } else { seed };
        let id = id(&written(&ExperimentSpec { seed: seed_of_trial, ..trial.clone() })?, data, fold)?;
        Ok(Self { id, seed, fold, tries, within, until: None })
    }

    /// Whether it is a trial of what may be chosen.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        !self.tries.is_empty()
    }

    /// What the item is, in words: `seed 42, fold 1, inner fold 0: width=128`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { seed, fold, tries, within, .. } = self;
        let place = match within {
            Some(outer) => format!("seed {seed}, fold {outer}, inner fold {fold}"),
            None => format!("seed {seed}, fold {fold}"),
        };
        if tries.is_empty() { place } else { format!("{place}: {}", crate::experiment::words(tries)) }
    }
}

fn id(description: &str, data: &Fingerprint, fold: u32) -> Result<String> {
    let mut digest = Digest::new();
    digest.add(description.as_bytes());
    let data = serde_json::to_string(data).map_err(|error| Error::Data(error.to_string()))?;
    digest.add(data.as_bytes());
    digest.add(&fold.to_le_bytes());
    let mut id = digest.finish();
    id.truncate(DIGITS);
    Ok(id)
}

/// The description of a session under a seed.
pub(super) fn description(session: &Session, seed: u64) -> Result<String> {
    written(&ExperimentSpec { seed, ..session.spec().clone() })
}

fn written(spec: &ExperimentSpec) -> Result<String> {
    serde_json::to_string(spec).map_err(|error| Error::Data(error.to_string()))
}
