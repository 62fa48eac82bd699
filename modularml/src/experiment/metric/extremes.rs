//! The largest error and the one in the middle.

use super::columns::{self, Statistic};
use super::{Measure, Measurement, Memory};
use crate::Result;

/// The largest |prediction - target| over all rows and numbers, in the unit of the target; rows that weigh 0
/// do not count.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, elementwise = true, weighs_rows = true)]
pub struct MaxError;

impl Measure for MaxError {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Largest(None))
    }
}

/// The median of |prediction - target|, in the unit of the target; of two in the middle their mean. With several
/// numbers a row, the mean of the medians of each. It needs all rows and takes no weights.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(has_unit = true, memory = Memory::AllRows, elementwise = true)]
pub struct MedianAbsoluteError;

impl Measure for MedianAbsoluteError {
    fn start(&self) -> Box<dyn Measurement> {
        columns::measure(Middle(Vec::new()))
    }
}

#[derive(Clone)]
struct Largest(Option<f64>);

impl Statistic for Largest {
    fn add(&mut self, prediction: f64, target: f64, weight: f64) -> Result<()> {
        let error = (prediction - target).abs();
        let replaces = |most: f64| error > most || error.is_nan();
        if weight > 0.0 && self.0.is_none_or(replaces) {
            self.0 = Some(error);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.0.unwrap_or(f64::NAN)
    }

    fn over(columns: &[Self]) -> f64 {
        let larger = |most: f64, error: f64| if error > most || error.is_nan() { error } else { most };
        columns.iter().map(Self::value).fold(f64::NEG_INFINITY, larger)
    }
}

#[derive(Clone)]
struct Middle(Vec<f64>);

impl Statistic for Middle {
    fn add(&mut self, prediction: f64, target: f64, _: f64) -> Result<()> {
        self.0.push((prediction - target).abs());
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.0.iter().any(|error| error.is_nan()) {
            return f64::NAN;
        }
        let mut errors = self.0.clone();
        errors.sort_unstable_by(f64::total_cmp);
        let half = errors.len() / 2;
        match (half.checked_sub(1).and_then(|before| errors.get(before)), errors.get(half)) {
            (Some(before), Some(middle)) if errors.len().is_multiple_of(2) => f64::midpoint(*before, *middle),
            (_, Some(middle)) => *middle,
            _ => f64::NAN,
        }
    }

    fn takes_weights(&self) -> bool {
        false
    }
}
