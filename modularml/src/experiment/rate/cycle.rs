//! Rates that rise and fall, and lead the momentum the other way.

use super::{Rate, falling, number, straight, whole};

/// Rises to the whole rate and falls to almost none (Smith and Topin, 2018), as `OneCycleLR`: from 1 / `start` up in the
/// share `rise` of the time, and down to 1 / (`start` * `end`). The rate of the optimizer is the peak.
///
/// The momentum, which is `beta1` in [`Adam`](crate::graph::Adam) and its like, falls from `max_momentum` to
/// `base_momentum` while the rate rises, and rises again while it falls.
///
/// ```
/// use modularml::experiment::OneCycle;
///
/// let rate = OneCycle::over(1000).rise(0.2).base_momentum(0.8);
/// let of_any_optimizer = OneCycle::over(1000).keep_momentum();
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(length = Some(self.over), leads_momentum = !self.keep_momentum)]
pub struct OneCycle {
    /// How long the cycle takes.
    #[setting(first = over, at_least = 2)]
    over: usize,
    /// The share of the time in which the rate rises.
    #[setting(default = 0.3, above = 0.0, below = 1.0)]
    rise: f64,
    /// What the peak is divided by at the start.
    #[setting(default = 25.0, at_least = 1.0)]
    start: f64,
    /// What the start is divided by at the end.
    #[setting(default = 1e4, at_least = 1.0)]
    end: f64,
    /// Changes along straight lines in place of cosines.
    #[setting(default = false)]
    linear: bool,
    /// Falls to the start in as much time as it rose, and from there to the end in a third part, for which a `rise` of half
    /// or more leaves no time.
    #[setting(default = false)]
    three_phase: bool,
    /// The momentum at the peak of the rate.
    #[setting(default = 0.85, at_least = 0.0, below = 1.0)]
    base_momentum: f64,
    /// The momentum at the start and at the end.
    #[setting(default = 0.95, at_least = 0.0, below = 1.0)]
    max_momentum: f64,
    /// Leaves the momentum as the optimizer has it.
    #[setting(default = false)]
    keep_momentum: bool,
}

impl Rate for OneCycle {
    fn factor(&self, time: usize) -> f64 {
        let low = 1.0 / self.start;
        self.course(time, low, 1.0, low / self.end)
    }

    fn momentum(&self, time: usize) -> Option<f64> {
        (!self.keep_momentum).then(|| self.course(time, self.max_momentum, self.base_momentum, self.max_momentum))
    }
}

impl OneCycle {
    /// From a value to that at the peak of the rate, and on to the last one; in three parts by way of the first one.
    fn course(self, time: usize, first: f64, middle: f64, last: f64) -> f64 {
        let (peak, end) = (self.rise * number(self.over) - 1.0, number(self.over) - 1.0);
        let between = if self.linear { straight } else { falling };
        let time = number(time).min(end);
        let back = 2.0 * self.rise * number(self.over) - 2.0;
        if time < peak {
            between(time / peak, first, middle)
        } else if !self.three_phase {
            between((time - peak) / (end - peak), middle, last)
        } else if time <= back {
            between((time - peak) / (back - peak), middle, first)
        } else {
            between((time - back) / (end - back), first, last)
        }
    }
}

/// Rises and falls along lines between `low` and 1 (Smith, 2017), as `CyclicLR`; with `halving`, each rise is half of
/// the one before it, as its mode `triangular2`. The rate of the optimizer is the upper one.
///
/// The momentum, which is `beta1` in [`Adam`](crate::graph::Adam) and its like, falls from `max_momentum` to
/// `base_momentum` while the rate rises, and rises again while it falls; with `halving`, each fall is half of the one
/// before it.
///
/// ```
/// use modularml::experiment::Triangle;
///
/// let rate = Triangle::up(200).low(0.1).base_momentum(0.7);
/// let of_any_optimizer = Triangle::up(200).keep_momentum();
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(leads_momentum = !self.keep_momentum)]
pub struct Triangle {
    /// How long a rise takes.
    #[setting(first = up, at_least = 1)]
    up: usize,
    /// How long a fall takes; as long as a rise when not given.
    #[setting(default = None, at_least = 1)]
    down: Option<usize>,
    /// The lower factor.
    #[setting(default = 0.1, at_least = 0.0, at_most = 1.0)]
    low: f64,
    /// Halves the height after every fall.
    #[setting(default = false)]
    halving: bool,
    /// What the height is multiplied by each time, as its mode `exp_range`.
    #[setting(default = 1.0, above = 0.0, at_most = 1.0)]
    decay: f64,
    /// The momentum at the peak of the rate.
    #[setting(default = 0.8, at_least = 0.0, below = 1.0)]
    base_momentum: f64,
    /// The momentum where the rate is lowest.
    #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
    max_momentum: f64,
    /// Leaves the momentum as the optimizer has it.
    #[setting(default = false)]
    keep_momentum: bool,
}

impl Rate for Triangle {
    fn factor(&self, time: usize) -> f64 {
        straight(self.height(time), self.low, 1.0)
    }

    fn momentum(&self, time: usize) -> Option<f64> {
        (!self.keep_momentum).then(|| straight(self.height(time), self.max_momentum, self.base_momentum))
    }
}

impl Triangle {
    /// How far the rate has risen: 0 at its lowest, 1 at the first peak.
    fn height(self, at: usize) -> f64 {
        let (up, down) = (self.up.max(1), self.down.unwrap_or(self.up).max(1));
        let (cycle, time) = (at / (up + down), at % (up + down));
        let height = if time <= up { number(time) / number(up) } else { 1.0 - number(time - up) / number(down) };
        let height = height * self.decay.powi(whole(at));
        if self.halving { height * 0.5f64.powi(whole(cycle)) } else { height }
    }
}
