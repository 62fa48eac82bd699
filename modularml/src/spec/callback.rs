//! A callback with its type erased, and what it watches.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::settings::Settings;
use crate::text::{List, Name, interned};

/// A callback with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct CallbackSpec {
    /// The registered name, for example `EarlyStopping`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// How many measured values it watches.
    pub watches: usize,
    /// Whether it needs a phase that validates, also where it watches nothing.
    pub needs_val: bool,
    /// Makes the callback.
    pub code: Code,
}

/// A callback and what it watches: `stop = EarlyStopping::patience(10)(val.loss);`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchSpec {
    /// The callback.
    pub callback: CallbackSpec,
    /// The values that it watches: `loss`, or metrics that the phase's `validate` measures.
    #[serde(default, deserialize_with = "interned")]
    pub watches: List<Name>,
}
