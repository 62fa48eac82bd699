//! How the learning rate changes over a train phase.
//!
//! A rate component gives a factor for each step or epoch t, counted from 0 at the start of the phase; the learning rate
//! of every optimizer is multiplied by it. So several optimizers share one course, each with a rate of its own. Some rates
//! lead the momentum as well.

use std::f64::consts::PI;

use crate::spec::Settings;
pub use crate::spec::{CourseSpec, Per, RateSpec};
use crate::text::Shape;

impl CourseSpec {
    /// What learning rates are multiplied by.
    #[must_use]
    pub fn factor(&self, step: usize, epoch: usize) -> f64 {
        self.now(step, epoch).map_or(1.0, |(rate, time)| (rate.factor)(&rate.settings, time))
    }

    /// The momentum that all optimizers step with; none where they keep their own.
    #[must_use]
    pub fn momentum(&self, step: usize, epoch: usize) -> Option<f64> {
        let (rate, time) = self.now(step, epoch)?;
        rate.momentum.map(|momentum| momentum(&rate.settings, time))
    }

    /// The rate whose turn it is, and its own time.
    fn now(&self, step: usize, epoch: usize) -> Option<(&RateSpec, usize)> {
        let mut time = match self.per {
            Per::Step => step,
            Per::Epoch => epoch,
        };
        let rates = self.rates.items();
        for (place, rate) in rates.iter().enumerate() {
            match rate.length {
                Some(length) if place + 1 < rates.len() && time >= length => time -= length,
                _ => return Some((rate, time)),
            }
        }
        None
    }
}

/// Writes how a rate component loses its type; with a field that says when it ends, and one that says that it leaves
/// momenta alone.
macro_rules! rate {
    ($name:ident $(, $over:ident)? $(; $keep:ident)?) => {
        impl $name {
            /// The rate with its type erased.
            #[must_use]
            pub const fn spec(self) -> RateSpec {
                #[allow(unused_mut, unused_assignments, reason = "not every rate ends")]
                let mut length = None;
                $(length = Some(self.$over);)?
                #[allow(unused_mut, unused_assignments, reason = "not every rate leads the momentum")]
                let mut momentum: Option<fn(&Settings, usize) -> f64> = None;
                $(if !self.$keep {
                    momentum = Some(|settings, time| Self::from_settings(settings).momentum(time));
                })?
                RateSpec {
                    name: stringify!($name),
                    settings: self.settings(),
                    length,
                    factor: |settings, time| Self::from_settings(settings).multiplier(time),
                    momentum,
                }
            }
        }

        impl From<$name> for RateSpec {
            fn from(rate: $name) -> Self {
                rate.spec()
            }
        }
    };
}

// It stands behind the macro that it uses.
mod cycle;

pub use cycle::{OneCycle, Triangle};

/// Falls by a factor after every so many: `factor`^floor(t / `every`), as `torch.optim.lr_scheduler.StepLR`.
///
/// ```
/// use modularml::experiment::StepDecay;
///
/// let rate = StepDecay::every(30);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// How long the rate stays.
    #[setting(first = every, at_least = 1)]
    every: usize,
    /// What it is multiplied by each time.
    #[setting(default = 0.1, above = 0.0, at_most = 1.0)]
    factor: f64,
}

rate!(StepDecay);

impl StepDecay {
    fn multiplier(self, time: usize) -> f64 {
        self.factor.powi(whole(time / self.every.max(1)))
    }
}

/// Falls by a factor at each of up to eight times: `factor`^(number of times up to t), as `MultiStepLR`.
///
/// ```
/// use modularml::experiment::Milestones;
///
/// let rate = Milestones::at([30, 80]);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Milestones {
    /// When the rate falls; one that stands there twice counts twice.
    #[setting(first = at, at_least = 1)]
    times: Shape,
    /// What it is multiplied by each time.
    #[setting(default = 0.1, above = 0.0, at_most = 1.0)]
    factor: f64,
}

rate!(Milestones);

impl Milestones {
    fn multiplier(self, time: usize) -> f64 {
        self.factor.powi(whole(self.times.axes().iter().filter(|at| **at <= time).count()))
    }
}

/// Falls by the same factor each time: `factor`^t, as `ExponentialLR`.
///
/// ```
/// use modularml::experiment::Exponential;
///
/// let rate = Exponential::factor(0.95);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// What the rate is multiplied by each time.
    #[setting(first, above = 0.0, at_most = 1.0)]
    factor: f64,
}

rate!(Exponential);

impl Exponential {
    fn multiplier(self, time: usize) -> f64 {
        self.factor.powi(whole(time))
    }
}

/// Falls along half a cosine (Loshchilov and Hutter, 2017): `end` + (1 - `end`) (1 + cos(pi t / `over`)) / 2, as
/// `CosineAnnealingLR`; after that it rises again, unless another rate follows.
///
/// ```
/// use modularml::experiment::Cosine;
///
/// let rate = Cosine::over(100).end(0.01);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor at the end.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    end: f64,
}

rate!(Cosine, over);

impl Cosine {
    fn multiplier(self, time: usize) -> f64 {
        falling(number(time) / number(self.over), 1.0, self.end)
    }
}

/// Falls along half a cosine again and again, as `CosineAnnealingWarmRestarts`; each fall takes `growth` times as long as
/// the one before it.
///
/// ```
/// use modularml::experiment::CosineRestarts;
///
/// let rate = CosineRestarts::first(10).growth(2);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// How long the first fall takes.
    #[setting(first, at_least = 1)]
    first: usize,
    /// What its length is multiplied by.
    #[setting(default = 1, at_least = 1)]
    growth: usize,
    /// The factor at the end of a fall.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    end: f64,
}

rate!(CosineRestarts);

impl CosineRestarts {
    fn multiplier(self, time: usize) -> f64 {
        let (mut time, mut length) = (time, self.first.max(1));
        if self.growth <= 1 {
            time %= length;
        }
        while time >= length {
            time -= length;
            length = length.saturating_mul(self.growth);
        }
        falling(number(time) / number(length), 1.0, self.end)
    }
}

/// Rises along a line from a factor to 1, as `LinearLR`: a warm-up.
///
/// ```
/// use modularml::experiment::Ramp;
///
/// let rate = Ramp::over(5).from(0.1);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor at the start.
    #[setting(default = 1.0 / 3.0, above = 0.0, at_most = 1.0)]
    from: f64,
}

rate!(Ramp, over);

impl Ramp {
    fn multiplier(self, time: usize) -> f64 {
        straight((number(time) / number(self.over)).min(1.0), self.from, 1.0)
    }
}

/// Holds a factor for some time, and then 1, as `ConstantLR`.
///
/// ```
/// use modularml::experiment::Hold;
///
/// let rate = Hold::over(5).factor(0.1);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Hold {
    /// How long the factor is held.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor.
    #[setting(default = 1.0 / 3.0, above = 0.0, at_most = 1.0)]
    factor: f64,
}

rate!(Hold, over);

impl Hold {
    fn multiplier(self, time: usize) -> f64 {
        if time < self.over { self.factor } else { 1.0 }
    }
}

/// Falls to nothing by a power of the time that is left: (1 - t / `over`)^`power`, as `PolynomialLR`.
///
/// ```
/// use modularml::experiment::Polynomial;
///
/// let rate = Polynomial::over(100).power(2.0);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Polynomial {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The power.
    #[setting(default = 1.0, above = 0.0)]
    power: f64,
}

rate!(Polynomial, over);

impl Polynomial {
    fn multiplier(self, time: usize) -> f64 {
        (1.0 - (number(time) / number(self.over)).min(1.0)).powf(self.power)
    }
}

/// From `start` to `end` along half a cosine.
fn falling(share: f64, start: f64, end: f64) -> f64 {
    end + (start - end) * (1.0 + (PI * share).cos()) / 2.0
}

/// From `start` to `end` along a line.
fn straight(share: f64, start: f64, end: f64) -> f64 {
    start + (end - start) * share
}

#[allow(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
fn number(time: usize) -> f64 {
    time as f64
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
