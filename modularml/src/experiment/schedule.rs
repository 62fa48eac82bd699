//! Schedules: the order in which the batches of several feeds are taken.

pub use crate::spec::{Lengths, ScheduleSpec};
use crate::spec::{Range, Settings, Value};
use crate::{Error, Result};

/// Writes a schedule, which has one setting and three ways to say it.
macro_rules! schedule {
    ($(#[$docs:meta])* $name:ident, $alternates:literal) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            lengths: Lengths,
        }

        impl $name {
            /// All feeds must have equally many batches.
            #[must_use]
            pub const fn new() -> Self {
                Self { lengths: Lengths::Equal }
            }

            /// The epoch ends with the shortest feed.
            #[must_use]
            pub const fn shortest() -> Self {
                Self { lengths: Lengths::Shortest }
            }

            /// Shorter feeds start again from their first batch until the longest one ends.
            #[must_use]
            pub const fn cycle() -> Self {
                Self { lengths: Lengths::Cycle }
            }

            /// The settings.
            #[must_use]
            pub const fn settings(&self) -> Settings {
                Settings::read_by(|settings| Self::from_settings(settings).settings()).with(
                    "lengths",
                    Value::Choice(self.lengths.name()),
                    Range::ANY,
                )
            }

            /// Reads the settings back; all feeds must have equally many batches where nothing else is said.
            #[must_use]
            pub fn from_settings(settings: &Settings) -> Self {
                let lengths = settings.get("lengths").as_choice().and_then(Lengths::from_name);
                Self { lengths: lengths.unwrap_or(Lengths::Equal) }
            }

            /// The schedule with its type erased.
            #[must_use]
            pub const fn spec(self) -> ScheduleSpec {
                let Self { lengths } = self;
                ScheduleSpec { name: stringify!($name), settings: self.settings(), alternates: $alternates, lengths }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl From<$name> for ScheduleSpec {
            fn from(schedule: $name) -> Self {
                schedule.spec()
            }
        }
    };
}

schedule! {
    /// Every step takes one batch of every feed; a phase without a schedule does that.
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// let schedule = Zip::cycle().spec().over(&[("pulse", 2), ("image", 3)])?;
    /// let steps: Vec<_> = (0..schedule.steps()).map(|step| (schedule.batch(0, step), schedule.batch(1, step))).collect();
    /// assert_eq!(steps, [(Some(0), Some(0)), (Some(1), Some(1)), (Some(0), Some(2))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Zip, false
}

schedule! {
    /// Feeds take turns, one a step, and a step makes those terms of the loss small that its feed has the rows for.
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// let schedule = Alternate::new().spec().over(&[("pulse", 2), ("image", 2)])?;
    /// let steps: Vec<_> = (0..schedule.steps()).map(|step| (schedule.batch(0, step), schedule.batch(1, step))).collect();
    /// assert_eq!(steps, [(Some(0), None), (None, Some(0)), (Some(1), None), (None, Some(1))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Alternate, true
}

impl ScheduleSpec {
    /// The order of one epoch, for feeds with their names and numbers of batches.
    ///
    /// # Errors
    /// [`Error::Data`] where the numbers differ and must not.
    pub fn over(&self, feeds: &[(&str, usize)]) -> Result<Schedule> {
        if self.lengths == Lengths::Equal
            && let Some(((first, expected), others)) = feeds.split_first()
            && let Some((other, found)) = others.iter().find(|(_, found)| found != expected)
        {
            return Err(Error::Data(format!(
                "`{first}` gives {expected} batches, `{other}` {found}; give them equally many rows a batch or other batch \
                 sizes, or say what is meant: schedule = {name}::cycle(); or {name}::shortest();",
                name = self.name
            )));
        }
        let counts: Vec<usize> = feeds.iter().map(|(_, count)| *count).collect();
        let turns = match self.lengths {
            Lengths::Cycle => counts.iter().max(),
            Lengths::Equal | Lengths::Shortest => counts.iter().min(),
        };
        Ok(Schedule { spec: *self, turns: turns.copied().unwrap_or(0), counts })
    }

    /// How many steps it takes until every feed has had its turn.
    pub(crate) const fn round(&self, feeds: usize) -> usize {
        if self.alternates && feeds > 0 { feeds } else { 1 }
    }

    /// Whether a feed gives rows to a step.
    pub(crate) const fn is_turn(&self, feed: usize, step: usize, feeds: usize) -> bool {
        step % self.round(feeds) == if self.alternates { feed } else { 0 }
    }
}

/// The order in which the batches of one epoch are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    spec: ScheduleSpec,
    /// How many batches each feed has.
    counts: Vec<usize>,
    /// How often each feed has its turn.
    turns: usize,
}

impl Schedule {
    /// How many steps there are.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.turns * self.spec.round(self.counts.len())
    }

    /// The batch of a feed that a step takes; none where it is another's turn.
    #[must_use]
    pub fn batch(&self, feed: usize, step: usize) -> Option<usize> {
        let count = self.counts.get(feed).copied().filter(|count| *count > 0)?;
        let feeds = self.counts.len();
        (step < self.steps() && self.spec.is_turn(feed, step, feeds)).then(|| step / self.spec.round(feeds) % count)
    }
}
