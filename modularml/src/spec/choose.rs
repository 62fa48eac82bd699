//! How what may be chosen is chosen.

use serde::{Deserialize, Serialize};

use super::SplitSpec;
use super::code::Code;
use super::settings::Settings;
use crate::text::{List, Name, interned};

/// `choose GridSearch by unseen.rmse in KFold::of(3).group_by(pulse.cell);`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChooseSpec {
    /// What says which values are tried.
    pub search: SearchSpec,
    /// The value that decides, as it is written: `regress`, `val`, `rmse`, or `unseen`, `rmse`.
    #[serde(deserialize_with = "interned")]
    pub by: List<Name>,
    /// The inner folds in which each fold of the experiment chooses for itself; their splits have the names of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<SplitSpec>,
}

/// A search with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct SearchSpec {
    /// The registered name, for example `RandomSearch`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether it tries lists of values only, and no ranges.
    pub lists_only: bool,
    /// Whether it ends trials after some of their epochs.
    pub halves: bool,
    /// Makes the search from its settings.
    pub code: Code,
}
