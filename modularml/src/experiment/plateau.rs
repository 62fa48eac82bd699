//! Learning rates that fall when a measured value no longer improves.

use serde::{Deserialize, Serialize};

use super::callback::{BuildCallback, Callback, Moment, Next};
use super::exact;
use super::results::EvalResult;
use super::state::State;
use super::waiting::Waiting;
use crate::Result;
use crate::plan::watched::Watched;

/// Lowers learning rates when a measured value no longer improves, as `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
/// A value improves when it is better than the best so far by more than `threshold` times the size of the best, or by
/// more than `threshold` with `absolute`; NaN never does. When `patience` evaluations in a row have brought no
/// improvement, learning rates are multiplied by `factor`, on top of what the phase's `rate` says, and counting begins
/// anew. Whether lower or higher is better follows from what is watched. As with
/// [`EarlyStopping`](super::EarlyStopping) the rate falls after the `patience`-th such evaluation; PyTorch waits for one
/// more, so its `patience=2` is `patience(3)` here.
///
/// ```
/// use modularml::experiment::ReduceOnPlateau;
///
/// const REDUCE: ReduceOnPlateau = ReduceOnPlateau::patience(5).factor(0.5).min_factor(0.01);
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
#[spec(watches = 1)]
pub struct ReduceOnPlateau {
    /// How many evaluations in a row may pass without improvement.
    #[setting(first, at_least = 1)]
    patience: usize,
    /// What learning rates are multiplied by each time.
    #[setting(default = 0.1, above = 0.0, below = 1.0)]
    factor: f64,
    /// How much better than the best a value must be to count.
    #[setting(default = 1e-4, at_least = 0.0)]
    threshold: f64,
    /// Whether `threshold` is a difference, where it is a share of the best value otherwise.
    #[setting(default = false)]
    absolute: bool,
    /// For how many evaluations after a fall none is counted.
    #[setting(default = 0)]
    cooldown: usize,
    /// The least of what learning rates are multiplied by over the phase.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    min_factor: f64,
}

impl BuildCallback for ReduceOnPlateau {
    fn build(&self, watched: &[Watched]) -> Box<dyn Callback> {
        Box::new(self.watch(Watched::first(watched)))
    }
}

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
        if let Some(value) = measured.watched(self.watched) {
            let factor = self.see(value);
            moment.scale_rates(factor);
        }
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
