//! What is varied in training: columns, and how.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::settings::Settings;
use crate::text::{List, Name, interned};

/// What varies the values of a row, with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct AugmenterSpec {
    /// The name, for example `Noise`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The axis of a value along which it moves numbers, counted without the batch; none where each stays in its place.
    pub along: Option<usize>,
    /// A second axis along which it does.
    pub across: Option<usize>,
    /// How many positions of the first axis it takes, and the setting that says so; none where that does not matter.
    pub takes: Option<(Name, usize)>,
    /// Makes it from its settings.
    pub code: Code,
}

/// `augment pulse.voltage = [..];`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentSpec {
    /// The input.
    #[serde(deserialize_with = "interned")]
    pub input: Name,
    /// The column.
    #[serde(deserialize_with = "interned")]
    pub column: Name,
    /// What varies its values, one after the other.
    pub augmenters: List<AugmenterSpec>,
}
