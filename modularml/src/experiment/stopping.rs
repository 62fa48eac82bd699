//! Early stopping.

use super::callback::{BuildCallback, Callback, Moment, Next};
use super::results::{EvalResult, PhaseResult};
use super::state::State;
use super::waiting::Waiting;
use super::weights::Weights;
use crate::Result;
use crate::plan::watched::Watched;

/// Ends a train phase when a measured value no longer improves.
///
/// A value improves when it is better than the best so far by more than `min_delta`. The first number always does,
/// NaN never does. The phase ends after the evaluation at which `patience` evaluations in a row have brought no
/// improvement. Whether lower or higher is better follows from what is watched.
///
/// ```
/// use modularml::experiment::EarlyStopping;
///
/// const STOP: EarlyStopping = EarlyStopping::patience(10).min_delta(1e-4).restore_best();
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
#[spec(watches = 1)]
pub struct EarlyStopping {
    /// How many evaluations in a row may pass without improvement.
    #[setting(first, at_least = 1)]
    patience: usize,
    /// By how much a value must be better than the best one to count.
    #[setting(default = 0.0, at_least = 0.0)]
    min_delta: f64,
    /// Whether weights and optimizers go back to the best epoch when the phase ends.
    #[setting(default = false)]
    restore_best: bool,
}

impl BuildCallback for EarlyStopping {
    fn build(&self, watched: &[Watched]) -> Box<dyn Callback> {
        Box::new(Stop { settings: *self, watched: Watched::first(watched), waiting: Waiting::new(), kept: None })
    }
}

/// The part of its state that holds the best weights.
const KEPT: &str = "best";

/// Early stopping in progress.
struct Stop {
    settings: EarlyStopping,
    watched: Watched,
    waiting: Waiting,
    /// The weights of the best epoch, where they are to be restored.
    kept: Option<Weights>,
}

/// What the watch says about one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The best value so far.
    Improved,
    /// No improvement; go on.
    Waiting,
    /// No improvement for too long; stop.
    Exhausted,
}

impl Stop {
    /// Takes in the next value.
    fn see(&mut self, value: f64) -> Verdict {
        if self.waiting.see(value, self.watched.higher_is_better, |_| self.settings.min_delta) {
            Verdict::Improved
        } else if self.waiting.waited >= self.settings.patience {
            Verdict::Exhausted
        } else {
            Verdict::Waiting
        }
    }
}

impl Callback for Stop {
    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let Some(value) = measured.watched(self.watched) else { return Ok(Next::Continue) };
        match self.see(value) {
            Verdict::Improved => {
                moment.mark_best();
                self.kept = if self.settings.restore_best { Some(moment.session().weights()?) } else { None };
                Ok(Next::Continue)
            }
            Verdict::Waiting => Ok(Next::Continue),
            Verdict::Exhausted => Ok(Next::EndPhase),
        }
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, _: &PhaseResult) -> Result<Next> {
        if let Some(weights) = self.kept.take() {
            moment.set_weights(&weights)?;
        }
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        let state = State::of(&self.waiting)?;
        Ok(match &self.kept {
            Some(weights) => state.with_part(KEPT, weights.to_state()),
            None => state,
        })
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.waiting = state.values()?;
        self.kept = state.parts().get(KEPT).map(Weights::of_state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best epoch and the epoch of the stop, both counted from 0.
    fn follow(stopping: EarlyStopping, higher: bool, series: &[f64]) -> (Option<usize>, Option<usize>) {
        let watched = Watched { evaluation: "val", name: "loss", higher_is_better: higher };
        let mut watch = Stop { settings: stopping, watched, waiting: Waiting::new(), kept: None };
        let mut best = None;
        for (epoch, &value) in series.iter().enumerate() {
            match watch.see(value) {
                Verdict::Improved => best = Some(epoch),
                Verdict::Waiting => {}
                Verdict::Exhausted => return (best, Some(epoch)),
            }
        }
        (best, None)
    }

    // Series and outcomes of the reference package.
    #[test]
    fn stops_where_the_reference_stops() {
        let falling = [1.0, 0.9, 0.8, 0.85, 0.86, 0.87, 0.7];
        assert_eq!(follow(EarlyStopping::patience(3), false, &falling), (Some(2), Some(5)));
        assert_eq!(follow(EarlyStopping::patience(4), false, &falling), (Some(6), None));
        let rising = [0.1, 0.2, 0.3, 0.3, 0.3, 0.2];
        assert_eq!(follow(EarlyStopping::patience(2), true, &rising), (Some(2), Some(4)));
        let slow = [0.1, 0.15, 0.18, 0.3];
        assert_eq!(follow(EarlyStopping::patience(2).min_delta(0.1), true, &slow), (Some(0), Some(2)));
    }

    #[test]
    fn nan_is_never_the_best() {
        assert_eq!(follow(EarlyStopping::patience(3), false, &[f64::NAN, 2.0, f64::NAN, 1.0]), (Some(3), None));
        assert_eq!(follow(EarlyStopping::patience(2), false, &[f64::NAN, f64::NAN]), (None, Some(1)));
    }
}
