//! The order in which several feeds are taken, with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// A schedule with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleSpec {
    /// The name, for example `Zip`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether feeds take turns, one a step; otherwise a step takes a batch of every feed.
    pub alternates: bool,
    /// Orders the batches of an epoch.
    pub code: Code,
}
