//! What losses and metrics read, as it is written.

use serde::{Deserialize, Serialize};

use crate::text::{List, Name, intern};

/// An input of a loss or metric as it is written: `soh`, `encoder.anchor`, `pulse.soh` or
/// `pulse.soh.anchor`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Operand {
    /// The names between the dots.
    pub path: List<Name>,
    /// The input of the loss that another role is meant to stand in (`encoder.negative as positive`).
    pub stands_as: Option<Name>,
}

impl From<&str> for Operand {
    /// Reads an operand as it is written, for example `encoder.negative as positive`.
    fn from(text: &str) -> Self {
        let (path, stands_as) = match text.split_once(" as ") {
            Some((path, slot)) => (path, Some(intern(slot.trim()))),
            None => (text, None),
        };
        Self { path: path.trim().split('.').map(intern).collect::<Vec<_>>().into(), stands_as }
    }
}

impl From<String> for Operand {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Operand> for String {
    fn from(operand: Operand) -> Self {
        operand.to_string()
    }
}

impl std::fmt::Display for Operand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path.items().join("."))?;
        self.stands_as.map_or(Ok(()), |slot| write!(f, " as {slot}"))
    }
}
