//! The order in which several feeds are taken.

use super::settings::Settings;
use crate::text::{Name, choices};

/// What is done where feeds have different numbers of batches in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// It is refused, with the numbers.
    Equal,
    /// The epoch ends with the shortest feed.
    Shortest,
    /// Shorter feeds start again from their first batch until the longest one ends.
    Cycle,
}

choices!(Lengths: Equal, Shortest, Cycle);

/// A schedule with its type erased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// The name, `Zip` or `Alternate`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether feeds take turns, one a step.
    pub alternates: bool,
    /// What is done where feeds have different numbers of batches.
    pub lengths: Lengths,
}
