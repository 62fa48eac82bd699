//! Power transforms, which make values more like normally distributed ones.

mod onnx;

use super::affine::refuse_zero;
use super::minimize::minimum;
use super::rows::refuse;
use super::shared::Statistics;
use super::statistics::{Moments, learned};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::onnx::{OnnxGraph, OnnxValue};
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
    /// Exponent and reference of values, which become logarithms.
    fn curve(self, values: &mut [f64]) -> Option<Curve> {
        let constant = Moments::of(values).is_constant();
        for value in values.iter_mut() {
            *value = logarithm(self.box_cox, *value);
        }
        if constant {
            // With exponent 1 a constant stays itself; the likelihood of Box-Cox has no maximum.
            return (!self.box_cox).then_some(Curve { box_cox: false, exponent: 1.0, reference: 0.0 });
        }
        let exponent = if self.box_cox { most_likely_box_cox(values) } else { most_likely_yeo_johnson(values) };
        let reference =
            if self.without_standardizing || !self.box_cox && signs_differ(values) { 0.0 } else { mean(values) };
        Some(Curve { box_cox: self.box_cox, exponent, reference })
    }
}

/// Of Box-Cox the logarithm; of Yeo-Johnson that of one more than the size, with the sign of the value.
fn logarithm(box_cox: bool, value: f64) -> f64 {
    if box_cox { value.ln() } else { value.abs().ln_1p().copysign(value) }
}

fn signs_differ(values: &[f64]) -> bool {
    values.iter().any(|&value| value < 0.0) && values.iter().any(|&value| value >= 0.0)
}

#[allow(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What values become before they are standardised.
///
/// For values far from 0 and a large exponent the power of all is the same number up to rounding, and their differences
/// are lost; so `e^(l u)` is taken relative to the logarithm of a value among them: `(e^(l (u - r)) - 1) / l`, which
/// standardises to the same. A reference of 0 gives the power itself.
#[derive(Clone, Copy, Debug)]
struct Curve {
    box_cox: bool,
    exponent: f64,
    /// A logarithm; of Yeo-Johnson it has the sign of the values.
    reference: f64,
}

impl Curve {
    /// Which sign the values have that the reference is of, the exponent on that side, and the size of the reference.
    fn side(self) -> (f64, f64, f64) {
        if self.reference < 0.0 {
            (-1.0, 2.0 - self.exponent, -self.reference)
        } else {
            (1.0, self.exponent, self.reference)
        }
    }

    fn of(self, logarithm: f64) -> f64 {
        if self.box_cox {
            return growth(self.exponent, logarithm - self.reference);
        }
        let (sign, exponent, reference) = self.side();
        let logarithm = sign * logarithm;
        sign * if logarithm >= 0.0 {
            growth(exponent, logarithm - reference)
        } else {
            let power = -growth(2.0 - exponent, -logarithm);
            (power - growth(exponent, reference)) * (-exponent * reference).exp()
        }
    }

    /// The value, not its logarithm.
    fn inverse(self, power: f64) -> f64 {
        if self.box_cox {
            return (self.reference + undo_growth(self.exponent, power)).exp();
        }
        let (sign, exponent, reference) = self.side();
        let power = sign * power;
        sign * if power >= growth(exponent, -reference) {
            (reference + undo_growth(exponent, power)).exp_m1()
        } else {
            let power = power * (exponent * reference).exp() + growth(exponent, reference);
            -undo_growth(2.0 - exponent, -power).exp_m1()
        }
    }
}

/// The exponent of greatest likelihood for logarithms.
///
/// With logarithms `u` around their mean the likelihood is `-n / 2 ln var((e^(l u) - 1) / l)`, up to what does not
/// depend on `l`.
fn most_likely_box_cox(logarithms: &[f64]) -> f64 {
    let mean = mean(logarithms);
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
        let mut state: [Vec<f64>; 4] = Default::default();
        rows.for_each_statistic(&statistics, |statistic, values| {
            let curve = self.curve(values).ok_or_else(|| {
                let position = statistics.of().iter().position(|&of| of == statistic).unwrap_or(0);
                Error::Data(format!("position {position} is constant, and box-cox needs values that differ; use Power"))
            })?;
            for value in values.iter_mut() {
                *value = curve.of(*value);
            }
            let moments = Moments::of(values);
            let (shift, scale) = if self.without_standardizing {
                (0.0, 1.0)
            } else {
                (moments.mean, if moments.is_constant() { 1.0 } else { moments.variance().sqrt() })
            };
            for (list, learned) in state.iter_mut().zip([curve.exponent, curve.reference, shift, scale]) {
                list.push(learned);
            }
            Ok(())
        })?;
        Ok(FittedPower::new(self.box_cox, &statistics, state))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedPower> {
        let statistics = Statistics::new(shape, self.over)?;
        let lists: [Vec<f64>; 4] = learned(state, &statistics)?;
        refuse_zero(&lists[3], state)?;
        Ok(FittedPower::new(self.box_cox, &statistics, lists))
    }
}

fn refuse_not_positive(first: usize, values: &[f64], width: usize) -> Result<()> {
    refuse(first, values, width, "a number above 0, which box-cox needs; use Power without box_cox", |value| {
        value <= 0.0
    })
}

/// Exponent, reference, shift and scale at each position.
#[derive(Clone, Debug)]
pub struct FittedPower {
    box_cox: bool,
    /// By statistic, for saving.
    state: [Vec<f64>; 4],
    /// By position: curve, shift and scale.
    learned: Vec<(Curve, f64, f64)>,
}

impl FittedPower {
    fn new(box_cox: bool, statistics: &Statistics, state: [Vec<f64>; 4]) -> Self {
        let [exponents, references, shifts, scales] = state.each_ref().map(|list| statistics.spread(list));
        let curves =
            exponents.iter().zip(&references).map(|(&exponent, &reference)| Curve { box_cox, exponent, reference });
        let learned = curves.zip(&shifts).zip(&scales).map(|((curve, &shift), &scale)| (curve, shift, scale)).collect();
        Self { box_cox, state, learned }
    }

    fn each(&self, values: &mut [f64], to: impl Fn(f64, &(Curve, f64, f64)) -> f64) {
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
        }
        self.each(values, |value, (curve, shift, scale)| (curve.of(logarithm(self.box_cox, value)) - shift) / scale);
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        self.each(values, |value, (curve, shift, scale)| curve.inverse(value * scale + shift));
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(self.onnx_power(graph, x))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(self.onnx_undone(graph, x))
    }
}
