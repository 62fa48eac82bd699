//! The order in which several feeds are taken.

use crate::text::Name;

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

impl Lengths {
    pub(crate) const fn name(self) -> Name {
        match self {
            Self::Equal => "Equal",
            Self::Shortest => "Shortest",
            Self::Cycle => "Cycle",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Equal, Self::Shortest, Self::Cycle].into_iter().find(|lengths| lengths.name() == name)
    }
}

/// A schedule with its type erased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleSpec {
    /// The name, `Zip` or `Alternate`.
    pub name: Name,
    /// Whether feeds take turns, one a step.
    pub alternates: bool,
    /// What is done where feeds have different numbers of batches.
    pub lengths: Lengths,
}
