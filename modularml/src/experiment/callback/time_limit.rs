//! A limit of time.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{BuildCallback, Callback, ENDS_PHASE, Moment, Next, StepInfo};
use crate::Result;
use crate::experiment::state::State;
use crate::plan::watched::Watched;

/// Ends a train phase when so much time has passed, behind the step that runs then.
///
/// The epoch is measured and counts as it is, and the phases that follow run: an eval phase measures what was trained. Among
/// the callbacks of a phase the time begins with the phase; beside the phases it begins with the run, and when it has passed
/// each later train phase ends behind its first step. With `end_run` nothing follows. Of a run that is resumed the time counts
/// that it had taken before, as of its checkpoint.
///
/// ```
/// use modularml::experiment::TimeLimit;
///
/// const HALF_AN_HOUR: TimeLimit = TimeLimit::minutes(30.0);
/// const A_MINUTE_IN_ALL: TimeLimit = TimeLimit::seconds(60.0).end_run();
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct TimeLimit {
    /// How many seconds may pass.
    #[setting(first, above = 0.0)]
    seconds: f64,
    /// Whether the run ends with the phase.
    #[setting(default = false)]
    end_run: bool,
}

impl TimeLimit {
    /// How many minutes may pass.
    ///
    /// Must be above 0.
    #[must_use]
    pub const fn minutes(minutes: f64) -> Self {
        Self::seconds(60.0 * minutes)
    }
}

impl BuildCallback for TimeLimit {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Limit { settings: *self, before: 0.0, since: None })
    }
}

struct Limit {
    settings: TimeLimit,
    /// Seconds that the run took before it was resumed.
    before: f64,
    since: Option<Instant>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    seconds: f64,
    runs: bool,
}

impl Limit {
    fn begin(&mut self) -> Next {
        self.since.get_or_insert_with(Instant::now);
        Next::Continue
    }

    fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }
}

impl Callback for Limit {
    fn on_run_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        Ok(self.begin())
    }

    fn on_phase_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        Ok(self.begin())
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, _: &StepInfo<'_>) -> Result<Next> {
        let limit = self.settings.seconds;
        if self.seconds() < limit {
            return Ok(Next::Continue);
        }
        moment.warn(format!("the limit of {limit} seconds has passed{ENDS_PHASE}"));
        Ok(if self.settings.end_run { Next::EndRun } else { Next::EndPhase })
    }

    fn state(&self) -> Result<State> {
        State::of(&Saved { seconds: self.seconds(), runs: self.since.is_some() })
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        let Saved { seconds, runs } = state.values()?;
        (self.before, self.since) = (seconds, runs.then(Instant::now));
        Ok(())
    }
}
