//! Learning rates that fall when a measured value no longer improves.

pub use crate::spec::ReduceOnPlateau;

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
