//! Learning rates that fall when a measured value no longer improves.

use modularml_macros::Settings;

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
#[derive(Settings, Clone, Copy, Debug, PartialEq)]
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

impl ReduceOnPlateau {
    /// Starts to watch a value.
    #[must_use]
    pub const fn watch(self, higher_is_better: bool) -> Plateau {
        Plateau { settings: self, higher_is_better, best: None, waited: 0, cooling: 0, factor: 1.0 }
    }
}

/// A value being watched, and what learning rates are multiplied by.
#[derive(Clone, Debug)]
pub struct Plateau {
    settings: ReduceOnPlateau,
    higher_is_better: bool,
    best: Option<f64>,
    waited: usize,
    cooling: usize,
    factor: f64,
}

impl Plateau {
    /// Takes in the next value, and gives what learning rates are multiplied by from now on.
    pub fn see(&mut self, value: f64) -> f64 {
        if self.improves(value) {
            self.best = Some(value);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.waited = 0;
        }
        if self.waited >= self.settings.patience {
            self.factor = (self.factor * self.settings.factor).max(self.settings.min_factor);
            self.cooling = self.settings.cooldown;
            self.waited = 0;
        }
        self.factor
    }

    fn improves(&self, value: f64) -> bool {
        let Some(best) = self.best else { return !value.is_nan() };
        let scale = if self.settings.absolute { 1.0 } else { best.abs() };
        let gained = if self.higher_is_better { value - best } else { best - value };
        gained > self.settings.threshold * scale
    }
}
