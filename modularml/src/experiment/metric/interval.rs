//! How good a predicted interval is, between two of the numbers that are predicted for one.

use super::batch::Batch;
use super::running::{Accumulate, Running};
use super::{Measure, Measurement};
use crate::spec::Agreement;
use crate::{Error, Result};

/// The share of targets that lie in a predicted interval, its ends included. A prediction has several numbers for each of
/// the target's, along its last axis, as one of [`Quantiles`](crate::experiment::loss::Quantiles); the interval is that
/// from the first to the last of them.
///
/// Between the levels 0.1 and 0.9 it should be 0.8. Where an end is NaN it is NaN.
///
/// ```
/// use modularml::experiment::metric::IntervalCoverage;
///
/// let all = IntervalCoverage::new();
/// let half = IntervalCoverage::new().lower(1).upper(3); // of five quantiles
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(agreement = Agreement::Several, higher_is_better = true, weighs_rows = true)]
pub struct IntervalCoverage {
    /// The position of the lower end among the numbers, counted from 0; the first where nothing is said.
    #[setting(default = None)]
    lower: Option<usize>,
    /// The position of the upper end; the last where nothing is said.
    #[setting(default = None)]
    upper: Option<usize>,
}

/// The mean width of a predicted interval, in the unit of the target: mean(upper - lower), the interval as in
/// [`IntervalCoverage`]. Of two predictions with equal coverage the one with narrower intervals tells more.
///
/// ```
/// use modularml::experiment::metric::IntervalWidth;
///
/// let metric = IntervalWidth::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(agreement = Agreement::Several, has_unit = true, weighs_rows = true)]
pub struct IntervalWidth {
    /// The position of the lower end among the numbers, counted from 0; the first where nothing is said.
    #[setting(default = None)]
    lower: Option<usize>,
    /// The position of the upper end; the last where nothing is said.
    #[setting(default = None)]
    upper: Option<usize>,
}

impl Measure for IntervalCoverage {
    fn start(&self) -> Box<dyn Measurement> {
        let covers = |lower: f64, upper: f64, target: f64| f64::from(u8::from(lower <= target && target <= upper));
        Box::new(Running(OfIntervals { ends: (self.lower, self.upper), of_one: covers, sum: 0.0, weight: 0.0 }))
    }
}

impl Measure for IntervalWidth {
    fn start(&self) -> Box<dyn Measurement> {
        let width = |lower: f64, upper: f64, _: f64| upper - lower;
        Box::new(Running(OfIntervals { ends: (self.lower, self.upper), of_one: width, sum: 0.0, weight: 0.0 }))
    }
}

/// The weighted mean of what each interval gives.
struct OfIntervals {
    /// The positions of the ends, where they are said.
    ends: (Option<usize>, Option<usize>),
    /// The value of one, by its ends and the target.
    of_one: fn(f64, f64, f64) -> f64,
    sum: f64,
    weight: f64,
}

impl Accumulate for OfIntervals {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        let (lower, upper) = self.ends;
        for (numbers, target, weight) in batch.several()? {
            let upper = upper.unwrap_or(numbers.len().saturating_sub(1));
            let ends = numbers.get(lower.unwrap_or(0)).zip(numbers.get(upper));
            let Some((lower, upper)) = ends else {
                let last = numbers.len().saturating_sub(1);
                return Err(Error::Component(format!(
                    "the ends of an interval are among the numbers 0 to {last} of a row"
                )));
            };
            let is_undefined = lower.is_nan() || upper.is_nan();
            self.sum += if is_undefined { f64::NAN } else { weight * (self.of_one)(*lower, *upper, target) };
            self.weight += weight;
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
