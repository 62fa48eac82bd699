//! Power transforms, which make values more like normally distributed ones.

use super::affine::refuse_zero;
use super::minimize::minimum;
use super::rows::refuse;
use super::shared::Statistics;
use super::statistics::{Moments, learned};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::text::Shape;
use crate::{Error, Result};

/// How exact the exponent is; scipy's.
const TOLERANCE: f64 = 1.48e-8;

/// Raises each position to the power that makes its values most like normally distributed ones, and standardises them.
///
/// Yeo-Johnson unless [`box_cox`](Self::box_cox) is said. The exponent lambda has the greatest likelihood, found by
/// Brent's method. Yeo-Johnson takes all numbers: `((1 + x)^l - 1) / l` for `x >= 0` and
/// `-((1 - x)^(2 - l) - 1) / (2 - l)` below (Yeo and Johnson, 2000); Box-Cox takes numbers above 0: `(x^l - 1) / l` (Box and
/// Cox, 1964); both have logarithms as limits. NaN is ignored in learning and kept in transforming. As scikit-learn's
/// `PowerTransformer`, but for the inverse of what no value is transformed to: the end of the values, where that has NaN. Learning holds all values of a statistic in memory.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Power {
    /// The transform of Box and Cox, for numbers above 0.
    #[setting(default = false)]
    box_cox: bool,
    /// Leaves mean and variance of the powers as they are.
    #[setting(default = false)]
    without_standardizing: bool,
    /// Axes over which one exponent is shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Power {
    /// The exponent of values, which become logarithms.
    fn exponent(self, values: &mut [f64]) -> Option<f64> {
        let constant = Moments::of(values).is_constant();
        for value in values.iter_mut() {
            *value = if self.box_cox { value.ln() } else { value.abs().ln_1p().copysign(*value) };
        }
        if constant {
            // With exponent 1 a constant stays itself; the likelihood of Box-Cox has no maximum.
            return (!self.box_cox).then_some(1.0);
        }
        Some(if self.box_cox { most_likely_box_cox(values) } else { most_likely_yeo_johnson(values) })
    }
}

/// The exponent of greatest likelihood for logarithms.
///
/// With logarithms `u` around their mean the likelihood is `-n / 2 ln var((e^(l u) - 1) / l)`, up to what does not
/// depend on `l`.
#[allow(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn most_likely_box_cox(logarithms: &[f64]) -> f64 {
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    let farthest = logarithms.iter().fold(0.0, |farthest: f64, value| farthest.max((value - mean).abs()));
    let bound = LARGEST / farthest;
    let unlikely = |exponent: f64| {
        let power = |value: f64| growth(exponent, value - mean);
        variance(logarithms, power).ln()
    };
    minimum(unlikely, -bound, bound, TOLERANCE)
}

/// The largest logarithm whose exponential can be squared and summed.
const LARGEST: f64 = 300.0;

/// The exponent of greatest likelihood for logarithms of one more than the size of values, with the signs of these.
#[allow(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn most_likely_yeo_johnson(logarithms: &[f64]) -> f64 {
    let count = logarithms.len() as f64;
    let sum: f64 = logarithms.iter().sum();
    let (low, high) =
        logarithms.iter().fold((0.0, 0.0), |(low, high): (f64, f64), &value| (low.min(value), high.max(value)));
    // Both branches must stay within what can be squared: l times the logarithm above 0, 2 - l times it below. The
    // bounds are scipy's in their meaning; a likelihood has its maximum far inside.
    let farthest = high.max(-low);
    let all_negative = high == 0.0 && logarithms.iter().all(|&value| value < 0.0);
    let any_negative = low < 0.0;
    let bound = LARGEST / farthest;
    let (mut from, mut to) = (-bound, bound);
    if all_negative {
        (from, to) = (2.0 - bound, 2.0 + bound);
    } else if any_negative {
        (from, to) = (from.max(2.0 - bound), to.min(2.0 + bound));
    }
    let unlikely = |exponent: f64| {
        let power = |value: f64| {
            if value >= 0.0 { growth(exponent, value) } else { -growth(2.0 - exponent, -value) }
        };
        count / 2.0 * variance(logarithms, power).ln() - (exponent - 1.0) * sum
    };
    minimum(unlikely, from, to, TOLERANCE)
}

/// `(e^(l x) - 1) / l`, and its limit x for l = 0.
fn growth(exponent: f64, logarithm: f64) -> f64 {
    if exponent.abs() < f64::EPSILON { logarithm } else { (exponent * logarithm).exp_m1() / exponent }
}

/// The inverse of [`growth`]; for what nothing grows to, the end of what does, as far as numbers tell it apart.
fn undo_growth(exponent: f64, grown: f64) -> f64 {
    let product = exponent * grown;
    let end = f64::EPSILON - 1.0;
    let product = if product < end { end } else { product };
    if exponent.abs() < f64::EPSILON { grown } else { product.ln_1p() / exponent }
}

/// The variance of a function of values.
fn variance(values: &[f64], to: impl Fn(f64) -> f64) -> f64 {
    // Sums around a value of the data cannot cancel as sums around 0 do.
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    let origin = values.first().map_or(0.0, |&value| to(value));
    for &value in values {
        let distance = to(value) - origin;
        count += 1.0;
        sum += distance;
        squares += distance * distance;
    }
    let found = (squares - sum * sum / count) / count;
    if found.is_finite() && found >= f64::MIN_POSITIVE { found } else { f64::INFINITY }
}

impl Scaler for Power {
    type Fitted = FittedPower;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedPower> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        if self.box_cox {
            rows.for_each_chunk(|first, values| refuse_not_positive(first, values, rows.width()))?;
        }
        let (mut exponents, mut shift, mut scale) = (Vec::new(), Vec::new(), Vec::new());
        rows.for_each_statistic(&statistics, |statistic, values| {
            let exponent = self.exponent(values).ok_or_else(|| {
                let position = statistics.of().iter().position(|&of| of == statistic).unwrap_or(0);
                Error::Data(format!("position {position} is constant, and box-cox needs values that differ; use Power"))
            })?;
            for value in values.iter_mut() {
                *value = match *value {
                    value if self.box_cox || value >= 0.0 => growth(exponent, value),
                    value => -growth(2.0 - exponent, -value),
                };
            }
            let moments = Moments::of(values);
            let leave = self.without_standardizing;
            exponents.push(exponent);
            shift.push(if leave { 0.0 } else { moments.mean });
            scale.push(if leave || moments.is_constant() { 1.0 } else { moments.variance().sqrt() });
            Ok(())
        })?;
        Ok(FittedPower::new(self.box_cox, &statistics, [exponents, shift, scale]))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedPower> {
        let statistics = Statistics::new(shape, self.over)?;
        let lists: [Vec<f64>; 3] = learned(state, &statistics)?;
        refuse_zero(&lists[2], state)?;
        Ok(FittedPower::new(self.box_cox, &statistics, lists))
    }
}

fn refuse_not_positive(first: usize, values: &[f64], width: usize) -> Result<()> {
    refuse(first, values, width, "a number above 0, which box-cox needs; use Power without box_cox", |value| {
        value <= 0.0
    })
}

/// Exponent, shift and scale at each position.
#[derive(Clone, Debug)]
pub struct FittedPower {
    box_cox: bool,
    /// By statistic, for saving.
    state: [Vec<f64>; 3],
    /// By position.
    learned: Vec<[f64; 3]>,
}

impl FittedPower {
    fn new(box_cox: bool, statistics: &Statistics, state: [Vec<f64>; 3]) -> Self {
        let [exponent, shift, scale] = state.each_ref().map(|list| statistics.spread(list));
        let learned = exponent.iter().zip(&shift).zip(&scale).map(|((&l, &shift), &scale)| [l, shift, scale]).collect();
        Self { box_cox, state, learned }
    }

    fn each(&self, values: &mut [f64], to: impl Fn(f64, &[f64; 3]) -> f64) {
        for row in values.chunks_exact_mut(self.learned.len().max(1)) {
            for (value, learned) in row.iter_mut().zip(&self.learned) {
                *value = to(*value, learned);
            }
        }
    }
}

impl FittedScaler for FittedPower {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        if self.box_cox {
            refuse_not_positive(0, values, self.learned.len())?;
            self.each(values, |value, [exponent, shift, scale]| (growth(*exponent, value.ln()) - shift) / scale);
        } else {
            self.each(values, |value, [exponent, shift, scale]| {
                let power = if value >= 0.0 {
                    growth(*exponent, value.ln_1p())
                } else {
                    -growth(2.0 - exponent, (-value).ln_1p())
                };
                (power - shift) / scale
            });
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        if self.box_cox {
            self.each(values, |value, [exponent, shift, scale]| undo_growth(*exponent, value * scale + shift).exp());
        } else {
            self.each(values, |value, [exponent, shift, scale]| {
                let power = value * scale + shift;
                if power >= 0.0 {
                    undo_growth(*exponent, power).exp_m1()
                } else {
                    -undo_growth(2.0 - exponent, -power).exp_m1()
                }
            });
        }
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }
}
