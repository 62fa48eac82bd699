//! Negative log likelihoods of numbers.

use std::f64::consts::TAU;

use super::binary::Softplus;
use super::{Formula, PerSample};
use crate::Result;
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;

/// Negative log likelihood of counts whose rate is predicted, as `torch.nn.PoissonNLLLoss`: the mean over the elements
/// of a row of exp(x) - y x for a predicted logarithm x of the rate, or x - y log(x + 1e-8) for a predicted rate x.
///
/// ```
/// use modularml::experiment::loss::PoissonNll;
///
/// let loss = PoissonNll::new().of_rates();
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct PoissonNll {
    /// Predictions are rates and not their logarithms.
    #[setting(default = false)]
    of_rates: bool,
    /// Adds what depends on the target alone, by Stirling's formula for targets above 1.
    #[setting(default = false)]
    full: bool,
    /// What is added to a rate before its logarithm is taken, with `of_rates`.
    #[setting(default = 1e-8, at_least = 0.0)]
    eps: f64,
}

impl Formula for PoissonNll {
    fn forward(&self, inputs: PoissonNllInputs<'_>) -> Result<PerSample> {
        let (rate, logarithm) = if self.of_rates {
            (inputs.prediction.clone(), (inputs.prediction + self.eps)?.log()?)
        } else {
            (inputs.prediction.exp()?, inputs.prediction.clone())
        };
        let mut loss = (rate - (inputs.target * logarithm)?)?;
        if self.full {
            loss = (loss + pointwise::apply(inputs.target, Stirling)?)?;
        }
        PerSample::mean_of(&loss)
    }
}

/// Negative log likelihood of counts that vary more than Poisson's, by a negative binomial distribution with mean m and
/// variance m + a m², a being the `dispersion`: the mean over the elements of a row of
/// (y + 1 / a) log(1 + a m) - y log(a m), for a predicted logarithm of m; what depends on the target alone is left out.
///
/// ```
/// use modularml::experiment::loss::NegativeBinomialNll;
///
/// let loss = NegativeBinomialNll::dispersion(0.5);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
pub struct NegativeBinomialNll {
    /// By how much of the squared mean the variance exceeds the mean.
    #[setting(first, above = 0.0)]
    dispersion: f64,
}

impl Formula for NegativeBinomialNll {
    fn forward(&self, inputs: NegativeBinomialNllInputs<'_>) -> Result<PerSample> {
        let logarithm = (inputs.prediction + self.dispersion.ln())?;
        let both = ((inputs.target + 1.0 / self.dispersion)? * pointwise::apply(&logarithm, Softplus)?)?;
        PerSample::mean_of(&(both - (inputs.target * logarithm)?)?)
    }
}

/// Negative log likelihood of numbers whose mean and variance are predicted (Nix and Weigend, 1994), as
/// `torch.nn.GaussianNLLLoss`: the mean over the elements of a row of (log v + (prediction - target)² / v) / 2, where v
/// is the variance or `eps`, whichever is larger. A node that ends in softplus or exp gives a variance.
///
/// ```
/// use modularml::experiment::loss::GaussianNll;
///
/// let loss = GaussianNll::new().eps(1e-4);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(prediction: Output, target: Numbers, variance: Output)]
#[shape(prediction == target == variance, elementwise)]
pub struct GaussianNll {
    /// The least variance, in the squared unit of the target.
    #[setting(default = 1e-6, above = 0.0)]
    eps: f64,
    /// Adds the constant log(2 pi) / 2.
    #[setting(default = false)]
    full: bool,
}

impl Formula for GaussianNll {
    fn forward(&self, inputs: GaussianNllInputs<'_>) -> Result<PerSample> {
        let variance = pointwise::apply(inputs.variance, AtLeast { least: self.eps })?;
        let squares = (inputs.prediction - inputs.target)?.sqr()?;
        let constant = if self.full { TAU.ln() / 2.0 } else { 0.0 };
        PerSample::mean_of(&(variance.log()? + (squares / &variance)?)?.affine(0.5, constant)?)
    }
}

/// max(x, least) with gradient 1 everywhere, as PyTorch bounds the variance: a variance that is too small still learns.
#[derive(Clone, Copy)]
struct AtLeast {
    least: f64,
}

impl Function for AtLeast {
    const NAME: &'static str = "at least";

    fn value<T: Real>(self, x: T) -> T {
        let least = T::from_f64(self.least);
        if x < least { least } else { x }
    }

    fn slope<T: Real>(self, _: T, _: T) -> T {
        T::one()
    }
}

/// The logarithm of the factorial of numbers above 1: y log y - y + log(2 pi y) / 2; 0 for others.
#[derive(Clone, Copy)]
struct Stirling;

impl Function for Stirling {
    const NAME: &'static str = "log factorial";

    fn value<T: Real>(self, y: T) -> T {
        let (half, tau) = (T::from_f64(0.5), T::from_f64(TAU));
        if y > T::one() { y * y.ln() - y + half * (tau * y).ln() } else { T::zero() }
    }

    fn slope<T: Real>(self, y: T, _: T) -> T {
        if y > T::one() { y.ln() + T::from_f64(0.5) / y } else { T::zero() }
    }
}
