//! A callback with its type erased, and what it watches.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::settings::{Settings, Value};
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

/// The name of an evaluation of a train phase where none is written.
pub(crate) const VAL: Name = "val";

/// The evaluation that measures a watched value, and the name that it has there: `far` and `terms.recon` of
/// `far.terms.recon`; none of a name without a dot.
pub(crate) const fn in_evaluation(watched: Name) -> Option<(Name, Name)> {
    let (bytes, mut i) = (watched.as_bytes(), 0);
    while i < bytes.len() {
        if bytes[i] == b'.' {
            let (evaluation, rest) = watched.split_at(i);
            return Some((evaluation, rest.split_at(1).1));
        }
        i += 1;
    }
    None
}

/// A callback and what it watches: `stop = EarlyStopping::patience(10)(val.loss);`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchSpec {
    /// The callback.
    pub callback: CallbackSpec,
    /// The values that it watches, each behind the name of the evaluation that measures it: `val.loss`, `far.rmse`.
    #[serde(default, deserialize_with = "interned")]
    pub watches: List<Name>,
}

impl WatchSpec {
    /// Whether the phase goes back to the weights of the epoch that was best by what is watched.
    pub(crate) const fn restores(&self) -> bool {
        matches!(self.callback.settings.get("restore_best"), Value::Bool(true)) && !self.watches.is_empty()
    }
}
