//! Losses that compare numbers with numbers.

use super::{Formula, PerSample};
use crate::Result;
use crate::graph::kernel::mean::mean_of_rows;
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// Mean squared error: the mean of (prediction - target)² over the elements of a row.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct Mse;

impl Formula for Mse {
    fn forward(&self, inputs: MseInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(mean_of_rows(inputs.prediction, inputs.target, Square)?))
    }
}

/// Mean absolute error: the mean of |prediction - target| over the elements of a row, with gradient 0 where both are
/// equal.
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct L1;

impl Formula for L1 {
    fn forward(&self, inputs: L1Inputs<'_>) -> Result<PerSample> {
        Ok(PerSample(mean_of_rows(inputs.prediction, inputs.target, Absolute)?))
    }
}

/// Squared near zero, absolute far from it (Huber, 1964), as `torch.nn.HuberLoss`: with d = prediction - target, the
/// mean over the elements of a row of d² / 2 where |d| is at most `delta`, else `delta` * (|d| - `delta` / 2).
///
/// ```
/// use modularml::experiment::loss::Huber;
///
/// let loss = Huber::delta(1.0);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct Huber {
    /// The distance at which the square ends, in the unit of the target.
    #[setting(first, above = 0.0)]
    delta: f64,
}

impl Formula for Huber {
    fn forward(&self, inputs: HuberInputs<'_>) -> Result<PerSample> {
        Ok(PerSample(mean_of_rows(inputs.prediction, inputs.target, Bowl { delta: self.delta })?))
    }
}

/// [`Huber`] divided by its distance, as `torch.nn.SmoothL1Loss`: with d = prediction - target, the mean over the
/// elements of a row of d² / (2 `beta`) where |d| is below `beta`, else |d| - `beta` / 2. With 0 it is [`L1`].
///
/// ```
/// use modularml::experiment::loss::SmoothL1;
///
/// let loss = SmoothL1::beta(0.5);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct SmoothL1 {
    /// The distance at which the square ends, in the unit of the target.
    #[setting(first, at_least = 0.0)]
    beta: f64,
}

impl Formula for SmoothL1 {
    fn forward(&self, inputs: SmoothL1Inputs<'_>) -> Result<PerSample> {
        Ok(PerSample(mean_of_rows(inputs.prediction, inputs.target, Smooth { beta: self.beta })?))
    }
}

#[derive(Clone, Copy)]
struct Square;

impl Function for Square {
    const NAME: &'static str = "square";

    fn value<T: Real>(self, x: T) -> T {
        x * x
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        x + x
    }
}

/// The absolute value, with slope 0 at 0.
#[derive(Clone, Copy)]
pub(super) struct Absolute;

impl Function for Absolute {
    const NAME: &'static str = "absolute";

    fn value<T: Real>(self, x: T) -> T {
        x.abs()
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() {
            T::one()
        } else if x < T::zero() {
            T::zero() - T::one()
        } else {
            T::zero()
        }
    }
}

/// Huber's function.
#[derive(Clone, Copy)]
struct Bowl {
    delta: f64,
}

impl Function for Bowl {
    const NAME: &'static str = "huber";

    fn value<T: Real>(self, x: T) -> T {
        let (delta, half) = (T::from_f64(self.delta), T::from_f64(0.5));
        if x.abs() <= delta { half * x * x } else { delta * (x.abs() - half * delta) }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let delta = T::from_f64(self.delta);
        if x.abs() <= delta { x } else { delta * Absolute.slope(x, x) }
    }
}

/// Huber's function over its distance.
#[derive(Clone, Copy)]
struct Smooth {
    beta: f64,
}

impl Function for Smooth {
    const NAME: &'static str = "smooth absolute";

    fn value<T: Real>(self, x: T) -> T {
        let (beta, half) = (T::from_f64(self.beta), T::from_f64(0.5));
        if x.abs() < beta { half * x * x / beta } else { x.abs() - half * beta }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let beta = T::from_f64(self.beta);
        if x.abs() < beta { x / beta } else { Absolute.slope(x, x) }
    }
}
