//! What clips gradients, with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// What clips gradients, with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct ClipSpec {
    /// The name, `ByNorm` or `ByValue`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Changes the gradients of all parameters that learn in a step.
    pub code: Code,
}
