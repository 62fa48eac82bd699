//! Early stopping.

pub use crate::spec::EarlyStopping;

impl EarlyStopping {
    /// Whether the best epoch is restored.
    pub(super) const fn restores_best(&self) -> bool {
        self.restore_best
    }

    /// Starts to watch a value.
    pub(super) const fn watch(&self, higher_is_better: bool) -> Watch {
        Watch { patience: self.patience, min_delta: self.min_delta, higher_is_better, best: None, waited: 0 }
    }
}

/// What the watch says about one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The best value so far.
    Improved,
    /// No improvement; go on.
    Waiting,
    /// No improvement for too long; stop.
    Exhausted,
}

/// A value being watched.
#[derive(Debug)]
pub(super) struct Watch {
    patience: usize,
    min_delta: f64,
    higher_is_better: bool,
    best: Option<f64>,
    waited: usize,
}

impl Watch {
    /// Takes in the next value.
    pub(super) fn see(&mut self, value: f64) -> Verdict {
        let improved = match self.best {
            _ if value.is_nan() => false,
            None => true,
            Some(best) if self.higher_is_better => value > best + self.min_delta,
            Some(best) => value < best - self.min_delta,
        };
        if improved {
            self.best = Some(value);
            self.waited = 0;
            return Verdict::Improved;
        }
        self.waited += 1;
        if self.waited >= self.patience { Verdict::Exhausted } else { Verdict::Waiting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best epoch and the epoch of the stop, both counted from 0.
    fn follow(stopping: EarlyStopping, higher: bool, series: &[f64]) -> (Option<usize>, Option<usize>) {
        let mut watch = stopping.watch(higher);
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
