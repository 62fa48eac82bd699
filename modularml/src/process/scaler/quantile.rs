//! Mapping values to their share of the data, uniformly or normally distributed.

mod onnx;

use super::ranks::{Method, quantiles};
use super::shared::Statistics;
use super::statistics::damaged;
use super::{FittedScaler, Scaler, TrainingRows, normal};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// How far from 0 and 1 shares are kept, so that a normal output stays finite; scikit-learn's.
const MARGIN: f64 = 1e-7;

/// How many cells for each quantile their range is cut into, to find the place of a value.
const CELLS: usize = 2;

/// Replaces each value by the share of the data below it, or by the normal quantile of that share.
///
/// The share is interpolated between quantiles of the rows that it learns from; where several quantiles are equal, it is
/// the middle of theirs. Values outside what was seen get 0 or 1. NaN is ignored in learning and kept in transforming.
/// The normal output lies between -5.2 and 5.2. As scikit-learn's `QuantileTransformer`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// How many quantiles are learned; never more than there are rows.
    #[setting(default = 1000, at_least = 1)]
    count: usize,
    /// Gives normally distributed values instead of shares.
    #[setting(default = false)]
    normal: bool,
    /// From how many rows at most quantiles are learned; of more, so many are chosen at random.
    #[setting(default = 10_000, at_least = 1)]
    subsample: usize,
    /// The seed of that choice.
    #[setting(default = 0)]
    seed: u64,
    /// Axes over which quantiles are shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for Quantile {
    type Fitted = FittedQuantile;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedQuantile> {
        if self.count > self.subsample {
            return Err(Error::Data(format!(
                "count({}) must be at most subsample({}); quantiles are learned from so many rows",
                self.count, self.subsample
            )));
        }
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let fractions = evenly(self.count.min(rows.len()));
        let mut learned = Vec::with_capacity(statistics.count());
        rows.sample(self.subsample, self.seed)?.for_each_statistic(&statistics, |_, values| {
            // In percent and back, as scikit-learn computes: an ulp decides about ties.
            let fractions: Vec<f64> = fractions.iter().map(|fraction| fraction * 100.0 / 100.0).collect();
            learned.push(Levels::new(quantiles(values, &fractions, Method::Linear)));
            Ok(())
        })?;
        Ok(FittedQuantile { statistics, shares: fractions, learned, normal: self.normal })
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedQuantile> {
        let statistics = Statistics::new(shape, self.over)?;
        let count = state.first().map_or(0, Vec::len);
        let ascends =
            |list: &Vec<f64>| list.len() == count && list.is_sorted() && list.iter().all(|value| value.is_finite());
        if state.len() != statistics.count() || !(1..=self.count).contains(&count) || !state.iter().all(ascends) {
            let (lists, count) = (statistics.count(), self.count);
            return Err(damaged(state, &format!("{lists} equally long lists of up to {count} ascending numbers")));
        }
        let learned = state.iter().cloned().map(Levels::new).collect();
        Ok(FittedQuantile { statistics, shares: evenly(count), learned, normal: self.normal })
    }
}

/// From 0 to 1, so many numbers; as numpy's `linspace`.
#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn evenly(count: usize) -> Vec<f64> {
    let last = count.saturating_sub(1);
    let step = 1.0 / last.max(1) as f64;
    (0..count).map(|index| if index > 0 && index == last { 1.0 } else { index as f64 * step }).collect()
}

/// Quantiles by statistic, and the shares to which they belong.
#[derive(Clone, Debug)]
pub struct FittedQuantile {
    statistics: Statistics,
    shares: Vec<f64>,
    learned: Vec<Levels>,
    normal: bool,
}

/// Ascending values with a table that tells about where each lies.
#[derive(Clone, Debug)]
struct Levels {
    values: Vec<f64>,
    low: f64,
    high: f64,
    cells_per_unit: f64,
    /// For each cell, how many values lie in the cells before it; the last is the number of values.
    before: Vec<u32>,
}

impl Levels {
    #[allow(clippy::cast_precision_loss, reason = "there are few quantiles")]
    fn new(values: Vec<f64>) -> Self {
        let (low, high) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        let cells = values.len() * CELLS;
        let cells_per_unit = cells as f64 / (high - low);
        let mut levels = Self { low, high, cells_per_unit, before: vec![0; cells + 2], values };
        for &value in &levels.values {
            let cell = levels.cell(value);
            if let Some(count) = levels.before.get_mut(cell + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut levels.before {
            sum += *count;
            *count = sum;
        }
        levels
    }

    /// The cell of a value; larger values never lie in an earlier one.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates, NaN becomes 0, and the result is bounded"
    )]
    fn cell(&self, value: f64) -> usize {
        (((value - self.low) * self.cells_per_unit) as usize).min(self.values.len() * CELLS)
    }

    /// How many values are at most this one.
    fn up_to(&self, value: f64) -> usize {
        let cell = self.cell(value);
        let bound = |cell: usize| self.before.get(cell).map_or(self.values.len(), |&count| count as usize);
        let (start, end) = (bound(cell), bound(cell + 1));
        let of_cell = self.values.get(start..end).unwrap_or_default();
        // Most cells hold few values, which are counted faster than searched.
        let inside = if of_cell.len() <= 8 {
            of_cell.iter().filter(|&&level| level <= value).count()
        } else {
            of_cell.partition_point(|&level| level <= value)
        };
        start + inside
    }

    /// The share of a value: interpolated from below and from above, and the middle of both.
    #[allow(clippy::float_cmp, reason = "a value is a quantile or is not")]
    fn share(&self, value: f64, shares: &[f64]) -> f64 {
        let last = self.values.len().saturating_sub(1);
        let at = |of: &[f64], index: usize| of.get(index).copied().unwrap_or(f64::NAN);
        let up_to = self.up_to(value);
        if up_to == 0 {
            return at(shares, 0);
        }
        let lower = up_to - 1;
        if at(&self.values, lower) == value {
            // The first of equal quantiles, which is seldom another one.
            let mut first = lower;
            if first > 0 && at(&self.values, first - 1) == value {
                first = self.values.get(..up_to).map_or(0, |below| below.partition_point(|&level| level < value));
            }
            return 0.5 * (at(shares, lower) + at(shares, first));
        }
        if lower >= last {
            return at(shares, last);
        }
        let (low, high) = (at(&self.values, lower), at(&self.values, up_to));
        let (from, to) = (at(shares, lower), at(shares, up_to));
        let slope = (to - from) / (high - low);
        0.5 * ((slope * (value - low) + from) + (to - slope * (high - value)))
    }

    /// The value of a share.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_cmp,
        reason = "shares lie between 0 and 1, there are few quantiles, and a share is one of theirs or is not"
    )]
    fn value(&self, share: f64, shares: &[f64]) -> f64 {
        let last = self.values.len().saturating_sub(1);
        let at = |of: &[f64], index: usize| of.get(index).copied().unwrap_or(f64::NAN);
        let mut lower = ((share * last as f64) as usize).min(last);
        // The shares are even but for rounding.
        if at(shares, lower) > share {
            lower = lower.saturating_sub(1);
        } else if lower < last && at(shares, lower + 1) <= share {
            lower += 1;
        }
        if lower >= last || at(shares, lower) == share {
            return at(&self.values, lower);
        }
        let (low, high) = (at(&self.values, lower), at(&self.values, lower + 1));
        let (from, to) = (at(shares, lower), at(shares, lower + 1));
        (high - low) / (to - from) * (share - from) + low
    }

    fn forward(&self, value: f64, shares: &[f64], normal: bool) -> f64 {
        let margin = if normal { MARGIN } else { 0.0 };
        let share = if value.is_nan() {
            return value;
        } else if value - margin < self.low || (!normal && value <= self.low) {
            // Equality counts as below here, so that a constant becomes 0.
            0.0
        } else if value + margin > self.high || (!normal && value >= self.high) {
            1.0
        } else {
            self.share(value, shares)
        };
        if !normal {
            return share;
        }
        let bound = MARGIN - f64::EPSILON;
        // A share within the margin would be infinite or meaningless; scikit-learn cuts both off here.
        normal::quantile(share.max(bound).min(1.0 - bound))
    }

    fn backward(&self, value: f64, shares: &[f64], normal: bool) -> f64 {
        let share = if normal { normal::cdf(value) } else { value };
        let margin = if normal { MARGIN } else { 0.0 };
        if share.is_nan() {
            share
        } else if share - margin < 0.0 || (!normal && share <= 0.0) {
            self.low
        } else if share + margin > 1.0 || (!normal && share >= 1.0) {
            self.high
        } else {
            self.value(share, shares)
        }
    }
}

impl FittedQuantile {
    fn each(&self, values: &mut [f64], to: impl Fn(&Levels, f64) -> f64) {
        let of_positions: Vec<&Levels> =
            self.statistics.of().iter().filter_map(|&statistic| self.learned.get(statistic)).collect();
        for row in values.chunks_exact_mut(self.statistics.width()) {
            for (value, levels) in row.iter_mut().zip(&of_positions) {
                *value = to(levels, *value);
            }
        }
    }
}

impl FittedScaler for FittedQuantile {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        self.each(values, |levels, value| levels.forward(value, &self.shares, self.normal));
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        self.each(values, |levels, value| levels.backward(value, &self.shares, self.normal));
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.learned.iter().map(|levels| levels.values.clone()).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(self.onnx_shares(graph, x))
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(self.onnx_values(graph, x))
    }
}
