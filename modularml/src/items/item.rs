//! One run of a study.

use serde::{Deserialize, Serialize};

use crate::archive::checkpoint::Fingerprint;
use crate::digest::Digest;
use crate::experiment::{ExperimentSpec, Session};
use crate::{Error, Result};

/// How many digits of the digest an id has.
const DIGITS: usize = 12;

/// One run of a study: what it is of, and under which seed and in which fold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Item {
    /// A digest of description, data, seed and fold: the same run has the same id everywhere.
    pub id: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The fold, counted from 0; 0 of an experiment without folds.
    pub fold: u32,
}

impl Item {
    pub(super) fn of(session: &Session, data: &Fingerprint, seed: u64, fold: u32) -> Result<Self> {
        let mut digest = Digest::new();
        digest.add(description(session, seed)?.as_bytes());
        let data = serde_json::to_string(data).map_err(|error| Error::Data(error.to_string()))?;
        digest.add(data.as_bytes());
        digest.add(&fold.to_le_bytes());
        let mut id = digest.finish();
        id.truncate(DIGITS);
        Ok(Self { id, seed, fold })
    }
}

/// The description of a session under a seed.
pub(super) fn description(session: &Session, seed: u64) -> Result<String> {
    let spec = ExperimentSpec { seed, ..session.spec().clone() };
    serde_json::to_string(&spec).map_err(|error| Error::Data(error.to_string()))
}
