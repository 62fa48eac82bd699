//! Learning rates that fall when a measured value no longer improves.

use serde::{Deserialize, Serialize};

use super::callback::{Callback, Moment, Next};
use super::exact;
use super::results::EvalResult;
use super::state::State;
use super::waiting::Waiting;
use crate::Result;
use crate::plan::phase::Watched;
pub use crate::spec::ReduceOnPlateau;

impl ReduceOnPlateau {
    /// Starts to watch a value of this name.
    #[must_use]
    pub const fn watch(self, watched: Watched) -> Plateau {
        let course = Course { waiting: Waiting::new(), cooling: 0, factor: 1.0 };
        Plateau { settings: self, watched, course }
    }
}

/// A value being watched, and what learning rates are multiplied by.
#[derive(Clone, Debug)]
pub struct Plateau {
    settings: ReduceOnPlateau,
    watched: Watched,
    course: Course,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Course {
    waiting: Waiting,
    cooling: usize,
    #[serde(with = "exact")]
    factor: f64,
}

impl Plateau {
    /// Takes in the next value, and gives what learning rates are multiplied by from now on.
    pub fn see(&mut self, value: f64) -> f64 {
        let (settings, course) = (self.settings, &mut self.course);
        let margin = |best: f64| settings.threshold * if settings.absolute { 1.0 } else { best.abs() };
        course.waiting.see(value, self.watched.higher_is_better, margin);
        if course.cooling > 0 {
            course.cooling -= 1;
            course.waiting.waited = 0;
        }
        if course.waiting.waited >= settings.patience {
            course.factor = (course.factor * settings.factor).max(settings.min_factor);
            course.cooling = settings.cooldown;
            course.waiting.waited = 0;
        }
        course.factor
    }
}

impl Callback for Plateau {
    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let factor = self.see(measured.get(self.watched.name).unwrap_or(f64::NAN));
        moment.scale_rates(factor);
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        State::of(&self.course)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.course = state.values()?;
        Ok(())
    }
}
