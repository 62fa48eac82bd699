//! How the learning rate changes over a train phase.
//!
//! A rate component gives a factor for each step or epoch t, counted from 0 at the start of the phase; the learning rate
//! of every optimizer is multiplied by it. So several optimizers share one course, each with a rate of its own. Some rates
//! lead the momentum as well.

mod cycle;

use std::f64::consts::PI;

use crate::Result;
pub use crate::spec::{CourseSpec, Per, RateSpec};
use crate::spec::{FromSettings, Settings};
use crate::text::{Name, Sizes};
pub use cycle::{OneCycle, Triangle};

/// A rate by its settings; the trait that `#[derive(Rate)]` asks for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no rate",
    label = "no rate",
    note = "write: impl Rate for {Self} {{ fn factor(&self, time: usize) -> f64 }}"
)]
pub trait Rate: FromSettings {
    /// What learning rates are multiplied by at a step or epoch, counted from 0.
    fn factor(&self, time: usize) -> f64;

    /// The momentum at a step or epoch, of a rate that leads it.
    fn momentum(&self, time: usize) -> Option<f64> {
        let _ = time;
        None
    }
}

/// A rate whose type only itself knows.
trait Running: Send + Sync {
    fn factor(&self, time: usize) -> f64;

    fn momentum(&self, time: usize) -> Option<f64>;
}

impl<R: Rate + Send + Sync> Running for R {
    fn factor(&self, time: usize) -> f64 {
        Rate::factor(self, time)
    }

    fn momentum(&self, time: usize) -> Option<f64> {
        Rate::momentum(self, time)
    }
}

/// A rate made from its settings.
pub struct BuiltRate(Box<dyn Running>);

/// The code of a rate: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltRate;

impl RateSpec {
    /// A rate that never ends and leaves momenta alone.
    #[must_use]
    pub const fn of<R: Rate + Send + Sync + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| BuiltRate(Box::new(R::from_settings(settings))));
        Self { name, settings, length: None, leads_momentum: false, code }
    }
}

/// The rates of a phase, made from their settings.
pub struct Course {
    /// With the time after which the next one begins.
    rates: Vec<(Option<usize>, BuiltRate)>,
    per: Per,
}

impl CourseSpec {
    /// Makes the rates.
    ///
    /// # Errors
    /// When the code of one is not that of a rate.
    pub fn build(&self) -> Result<Course> {
        let build = |rate: &RateSpec| Ok((rate.length, rate.code.function::<Build>(rate.name)?(&rate.settings)));
        Ok(Course { rates: self.rates.iter().map(build).collect::<Result<_>>()?, per: self.per })
    }
}

impl Course {
    /// What learning rates are multiplied by.
    #[must_use]
    pub fn factor(&self, step: usize, epoch: usize) -> f64 {
        self.now(step, epoch).map_or(1.0, |(rate, time)| rate.factor(time))
    }

    /// The momentum that all optimizers step with; none where they keep their own.
    #[must_use]
    pub fn momentum(&self, step: usize, epoch: usize) -> Option<f64> {
        let (rate, time) = self.now(step, epoch)?;
        rate.momentum(time)
    }

    /// The rate whose turn it is, and its own time.
    fn now(&self, step: usize, epoch: usize) -> Option<(&dyn Running, usize)> {
        let mut time = match self.per {
            Per::Step => step,
            Per::Epoch => epoch,
        };
        for (place, (length, rate)) in self.rates.iter().enumerate() {
            match length {
                Some(length) if place + 1 < self.rates.len() && time >= *length => time -= length,
                _ => return Some((&*rate.0, time)),
            }
        }
        None
    }
}

/// Falls by a factor after every so many: `factor`^floor(t / `every`), as `torch.optim.lr_scheduler.StepLR`.
///
/// ```
/// use modularml::experiment::StepDecay;
///
/// let rate = StepDecay::every(30);
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// How long the rate stays.
    #[setting(first = every, at_least = 1)]
    every: usize,
    /// What it is multiplied by each time.
    #[setting(default = 0.1, above = 0.0, at_most = 1.0)]
    factor: f64,
}

impl Rate for StepDecay {
    fn factor(&self, time: usize) -> f64 {
        self.factor.powi(whole(time / self.every.max(1)))
    }
}

/// Falls by a factor at each of some times: `factor`^(number of times up to t), as `MultiStepLR`.
///
/// ```
/// use modularml::experiment::Milestones;
///
/// let rate = Milestones::at([30, 80]);
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
pub struct Milestones {
    /// When the rate falls; one that stands there twice counts twice.
    #[setting(first = at, at_least = 1)]
    times: Sizes,
    /// What it is multiplied by each time.
    #[setting(default = 0.1, above = 0.0, at_most = 1.0)]
    factor: f64,
}

impl Rate for Milestones {
    fn factor(&self, time: usize) -> f64 {
        self.factor.powi(whole(self.times.as_slice().iter().filter(|at| **at <= time).count()))
    }
}

/// Falls by the same factor each time: `factor`^t, as `ExponentialLR`.
///
/// ```
/// use modularml::experiment::Exponential;
///
/// let rate = Exponential::factor(0.95);
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// What the rate is multiplied by each time.
    #[setting(first, above = 0.0, at_most = 1.0)]
    factor: f64,
}

impl Rate for Exponential {
    fn factor(&self, time: usize) -> f64 {
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
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(length = Some(self.over))]
pub struct Cosine {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor at the end.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    end: f64,
}

impl Rate for Cosine {
    fn factor(&self, time: usize) -> f64 {
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
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
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

impl Rate for CosineRestarts {
    fn factor(&self, time: usize) -> f64 {
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

/// Goes along a line from one factor to another, as `LinearLR`: to 1, a warm-up.
///
/// ```
/// use modularml::experiment::Ramp;
///
/// let rate = Ramp::over(5).from(0.1);
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(length = Some(self.over))]
pub struct Ramp {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor at the start.
    #[setting(default = 1.0 / 3.0, above = 0.0, at_most = 1.0)]
    from: f64,
    /// The factor at the end and after it.
    #[setting(default = 1.0, at_least = 0.0, at_most = 1.0)]
    to: f64,
}

impl Rate for Ramp {
    fn factor(&self, time: usize) -> f64 {
        straight((number(time) / number(self.over)).min(1.0), self.from, self.to)
    }
}

/// Holds a factor for some time, and then 1, as `ConstantLR`.
///
/// ```
/// use modularml::experiment::Hold;
///
/// let rate = Hold::over(5).factor(0.1);
/// ```
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(length = Some(self.over))]
pub struct Hold {
    /// How long the factor is held.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The factor.
    #[setting(default = 1.0 / 3.0, above = 0.0, at_most = 1.0)]
    factor: f64,
}

impl Rate for Hold {
    fn factor(&self, time: usize) -> f64 {
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
#[derive(crate::Rate, Clone, Copy, Debug, PartialEq)]
#[spec(length = Some(self.over))]
pub struct Polynomial {
    /// How long it takes.
    #[setting(first = over, at_least = 1)]
    over: usize,
    /// The power.
    #[setting(default = 1.0, above = 0.0)]
    power: f64,
}

impl Rate for Polynomial {
    fn factor(&self, time: usize) -> f64 {
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
