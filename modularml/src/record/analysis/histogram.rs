//! How often numbers occur.

use serde::{Deserialize, Serialize};

use super::count;

/// How many bins there are at most.
const MOST: f64 = 60.0;

/// How many numbers lie in each of some bins of equal width, of which the edges are round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Histogram {
    /// Where the first bin begins.
    pub start: f64,
    /// The width of a bin.
    pub width: f64,
    /// How many numbers are in each; one on an edge belongs to the bin above.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// That of finite numbers, with bins by the square root of their count, at most about 24; none of no numbers.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let (least, most) =
            numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), it| (a.min(*it), b.max(*it)));
        let span = most - least;
        if numbers.is_empty() || !span.is_finite() {
            return None;
        }
        let bins = (1.5 * count(numbers.len()).sqrt()).clamp(8.0, MOST / 2.5);
        // All numbers are the same: one bin around them.
        let width = if span > 0.0 { round_step(span / bins) } else { round_step(least.abs().max(1.0) / 10.0) };
        let start = (least / width).floor() * width;
        let place = |number: f64| ((number - start) / width).floor().clamp(0.0, MOST);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60")]
        let place = |number: f64| place(number) as usize;
        let mut counts = vec![0; place(most) + 1];
        for number in numbers {
            if let Some(bin) = counts.get_mut(place(*number)) {
                *bin += 1;
            }
        }
        Some(Self { start, width, counts })
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below a positive number.
pub(crate) fn round_step(number: f64) -> f64 {
    let power = 10f64.powf(number.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= number * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}
