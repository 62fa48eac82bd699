//! Schedules: the order in which the batches of several feeds are taken.

use std::sync::Arc;

pub use crate::spec::ScheduleSpec;
use crate::spec::{FromSettings, Settings};
use crate::text::{Name, choices};
use crate::{Error, Result};

/// A schedule by its settings; the trait that `#[derive(Schedule)]` asks for.
///
/// Each step takes a batch of every feed, or with `#[spec(alternates = true)]` of one of them. Every feed has a turn in each
/// epoch: after the first one of all feeds, a parameter without a gradient ends the phase.
#[diagnostic::on_unimplemented(
    message = "`{Self}` orders no feeds",
    label = "orders no feeds",
    note = "write: impl Schedule for {Self} {{ fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize>, and fn batch \
            (&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> }}"
)]
pub trait Schedule: FromSettings {
    /// How many steps an epoch has, for feeds with their names and numbers of batches.
    ///
    /// # Errors
    /// When these numbers do not go together.
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize>;

    /// The batch of a feed that a step takes; none where it is another's turn. Feeds are known by position, and `counts`
    /// are their numbers of batches.
    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize>;
}

/// A schedule whose type only itself knows.
trait Running: Send + Sync {
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize>;

    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize>;
}

impl<S: Schedule + Send + Sync> Running for S {
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize> {
        Schedule::steps(self, feeds)
    }

    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> {
        Schedule::batch(self, feed, step, counts)
    }
}

/// A schedule made from its settings.
#[derive(Clone)]
pub struct BuiltSchedule(Arc<dyn Running>);

/// The code of a schedule: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltSchedule;

impl ScheduleSpec {
    /// A schedule whose steps take a batch of every feed.
    #[must_use]
    pub const fn of<S: Schedule + Send + Sync + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| BuiltSchedule(Arc::new(S::from_settings(settings))));
        Self { name, settings, alternates: false, code }
    }

    /// The order of one epoch, for feeds with their names and numbers of batches.
    ///
    /// # Errors
    /// [`Error::Data`] where the numbers differ and must not; [`Error::Component`] where a step takes a batch that is not
    /// there, or those of other feeds than it should.
    pub fn over(&self, feeds: &[(&str, usize)]) -> Result<Order> {
        let schedule = self.code.function::<Build>(self.name)?(&self.settings);
        let (steps, counts) = (schedule.0.steps(feeds)?, feeds.iter().map(|(_, count)| *count).collect());
        let order = Order { schedule, counts, steps, round: 0 };
        Ok(Order { round: self.round(&order, feeds)?, ..order })
    }

    /// How many steps it takes until every feed that has a turn has had one, where all steps take what they should.
    fn round(&self, order: &Order, feeds: &[(&str, usize)]) -> Result<usize> {
        let wanted = if self.alternates { 1 } else { feeds.iter().filter(|(_, count)| *count > 0).count() };
        let mut waiting = vec![true; feeds.len()];
        let mut round = 0;
        for step in 0..order.steps {
            let mut taken = 0;
            for (feed, ((name, count), waiting)) in feeds.iter().zip(&mut waiting).enumerate() {
                let Some(batch) = order.batch(feed, step) else { continue };
                if batch >= *count {
                    let problem = format!(
                        "takes batch {batch} (from 0) of `{name}` in step {step} (from 0); `{name}` has {count} batches"
                    );
                    return Err(self.refused(&problem));
                }
                taken += 1;
                if std::mem::take(waiting) {
                    round = step + 1;
                }
            }
            if taken != wanted {
                let problem = format!("takes batches of {taken} feeds in step {step} (from 0); it must take {wanted}");
                return Err(self.refused(&problem));
            }
        }
        Ok(round)
    }

    fn refused(&self, problem: &str) -> Error {
        Error::Component(format!("schedule `{}` {problem}", self.name))
    }
}

/// The order in which the batches of one epoch are taken.
#[derive(Clone)]
pub struct Order {
    schedule: BuiltSchedule,
    /// How many batches each feed has.
    counts: Vec<usize>,
    steps: usize,
    round: usize,
}

impl Order {
    /// How many steps there are.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// How many steps it takes until every feed has had its turn.
    pub(super) const fn round(&self) -> usize {
        self.round
    }

    /// The batch of a feed that a step takes; none where it is another's turn.
    #[must_use]
    pub fn batch(&self, feed: usize, step: usize) -> Option<usize> {
        if step < self.steps { self.schedule.0.batch(feed, step, &self.counts) } else { None }
    }
}

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

impl Lengths {
    /// How often each feed has its turn.
    fn turns(self, schedule: Name, feeds: &[(&str, usize)]) -> Result<usize> {
        if self == Self::Equal
            && let Some(((first, expected), others)) = feeds.split_first()
            && let Some((other, found)) = others.iter().find(|(_, found)| found != expected)
        {
            return Err(Error::Data(format!(
                "`{first}` gives {expected} batches, `{other}` {found}; give them equally many rows a batch or other batch \
                 sizes, or say what is meant: schedule = {schedule}::cycle(); or {schedule}::shortest();"
            )));
        }
        let counts = feeds.iter().map(|(_, count)| *count);
        let turns = if self == Self::Cycle { counts.max() } else { counts.min() };
        Ok(turns.unwrap_or(0))
    }
}

/// Writes the short ways to say what is done with different numbers of batches.
macro_rules! lengths {
    ($($schedule:ident)*) => {$(
        impl $schedule {
            /// The epoch ends with the shortest feed.
            #[must_use]
            pub const fn shortest() -> Self {
                Self::new().lengths(Lengths::Shortest)
            }

            /// Shorter feeds start again from their first batch until the longest one ends.
            #[must_use]
            pub const fn cycle() -> Self {
                Self::new().lengths(Lengths::Cycle)
            }
        }
    )*};
}

lengths! { Zip Alternate }

/// Every step takes one batch of every feed; a phase without a schedule does that.
///
/// ```
/// use modularml::prelude::*;
///
/// let order = Zip::cycle().spec().over(&[("pulse", 2), ("image", 3)])?;
/// let steps: Vec<_> = (0..order.steps()).map(|step| (order.batch(0, step), order.batch(1, step))).collect();
/// assert_eq!(steps, [(Some(0), Some(0)), (Some(1), Some(1)), (Some(0), Some(2))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(crate::Schedule, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zip {
    /// What is done where feeds have different numbers of batches.
    #[setting(default = Lengths::Equal)]
    lengths: Lengths,
}

impl Schedule for Zip {
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize> {
        self.lengths.turns("Zip", feeds)
    }

    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> {
        step.checked_rem(*counts.get(feed)?)
    }
}

/// Feeds take turns, one a step, and a step makes those terms of the loss small that its feed has the rows for.
///
/// ```
/// use modularml::prelude::*;
///
/// let order = Alternate::new().spec().over(&[("pulse", 2), ("image", 2)])?;
/// let steps: Vec<_> = (0..order.steps()).map(|step| (order.batch(0, step), order.batch(1, step))).collect();
/// assert_eq!(steps, [(Some(0), None), (None, Some(0)), (Some(1), None), (None, Some(1))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(crate::Schedule, Clone, Copy, Debug, PartialEq, Eq)]
#[spec(alternates = true)]
pub struct Alternate {
    /// What is done where feeds have different numbers of batches.
    #[setting(default = Lengths::Equal)]
    lengths: Lengths,
}

impl Schedule for Alternate {
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize> {
        Ok(self.lengths.turns("Alternate", feeds)? * feeds.len())
    }

    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> {
        let turn = step.checked_div(counts.len())?;
        if step % counts.len() == feed { turn.checked_rem(*counts.get(feed)?) } else { None }
    }
}
