//! An optimizer with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// An optimizer with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerSpec {
    /// The registered name, for example `Adam`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether it has a momentum that a rate can lead, and so implements
    /// [`Optimizer::set_momentum`](crate::graph::Optimizer::set_momentum).
    pub has_momentum: bool,
    /// Makes the optimizer with an empty state.
    pub code: Code,
}
