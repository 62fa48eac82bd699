//! What mixes the rows of a batch, with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// What mixes the rows of a batch, with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct MixSpec {
    /// The name, for example `Mixup`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Draws how much of a row stays.
    pub code: Code,
}
