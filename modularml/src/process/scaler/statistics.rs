//! One statistic a position, or one for several positions: what is learned, and where it applies.

use super::TrainingRows;
use super::shared::Statistics;

use crate::{Error, Result};

/// How many values are worked on side by side at least, so that the processor can take several in one instruction.
const LANES: usize = 64;

/// Count, mean and sum of squared deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments of values in memory.
    #[allow(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let (mut squares, mut rest) = (0.0, 0.0);
        for value in values {
            let deviation = value - mean;
            squares += deviation * deviation;
            rest += deviation;
        }
        // The second term corrects the rounding of the mean (Chan, Golub and LeVeque, 1983).
        Self { count, mean, squares: squares - rest * rest / count }
    }

    /// The variance, divided by the number of values.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.count
    }

    /// Whether rounding alone can leave so much variance; the bound is scikit-learn's.
    pub(super) fn is_constant(&self) -> bool {
        let noise = self.count * self.mean * f64::EPSILON;
        let variance = self.variance();
        // Of numbers whose squares are beyond f64 nothing is known.
        variance.is_finite() && variance <= self.count * f64::EPSILON * variance + noise * noise
    }

    /// The moments of both (Chan, Golub and `LeVeque`, 1979).
    fn add(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count > 0.0 {
            let (step, share) = (other.mean - self.mean, other.count / count);
            self.squares += other.squares + step * step * self.count * share;
            self.mean += step * share;
            self.count = count;
        }
    }
}

/// The moments of each statistic, NaN left out.
pub(super) fn moments(rows: &TrainingRows<'_>, statistics: &Statistics) -> Result<Vec<Moments>> {
    let width = statistics.width();
    let lanes = lanes(width);
    let mut found = vec![Moments::default(); width];
    let (mut sums, mut counts) = (vec![0.0; lanes], vec![0.0; lanes]);
    let (mut squares, mut rests) = (vec![0.0; lanes], vec![0.0; lanes]);
    rows.for_each_chunk(|_, chunk| {
        for lanes in [&mut sums, &mut counts, &mut squares, &mut rests] {
            lanes.fill(0.0);
        }
        for some in chunk.chunks(lanes) {
            for ((&value, sum), count) in some.iter().zip(&mut sums).zip(&mut counts) {
                let is_there = !value.is_nan();
                *sum += if is_there { value } else { 0.0 };
                *count += if is_there { 1.0 } else { 0.0 };
            }
        }
        let (sums, counts) = (folded(&sums, width), folded(&counts, width));
        let means: Vec<f64> = sums.iter().zip(&counts).map(|(sum, count)| sum / f64::max(*count, 1.0)).collect();
        let spread = tiled(&means, lanes);
        for some in chunk.chunks(lanes) {
            for (((&value, mean), squares), rest) in some.iter().zip(&spread).zip(&mut squares).zip(&mut rests) {
                let deviation = if value.is_nan() { 0.0 } else { value - mean };
                *squares += deviation * deviation;
                *rest += deviation;
            }
        }
        let (squares, rests) = (folded(&squares, width), folded(&rests, width));
        for (position, found) in found.iter_mut().enumerate() {
            let at = |of: &[f64]| of.get(position).copied().unwrap_or_default();
            let (count, rest) = (at(&counts), at(&rests));
            let squares = at(&squares) - rest * rest / f64::max(count, 1.0);
            found.add(&Moments { count, mean: at(&means), squares });
        }
        Ok(())
    })?;
    let joined = statistics.join(&found, &Moments::default(), Moments::add);
    statistics.refuse_empty(&joined, rows.len(), |moments| moments.count < 1.0)?;
    Ok(joined)
}

/// The smallest and the largest value of each statistic, NaN left out.
pub(super) fn extremes(rows: &TrainingRows<'_>, statistics: &Statistics) -> Result<Vec<(f64, f64)>> {
    let width = statistics.width();
    let lanes = lanes(width);
    let (mut lows, mut highs) = (vec![f64::INFINITY; lanes], vec![f64::NEG_INFINITY; lanes]);
    rows.for_each_chunk(|_, chunk| {
        for some in chunk.chunks(lanes) {
            for ((&value, low), high) in some.iter().zip(&mut lows).zip(&mut highs) {
                *low = if value < *low { value } else { *low };
                *high = if value > *high { value } else { *high };
            }
        }
        Ok(())
    })?;
    let mut found = vec![(f64::INFINITY, f64::NEG_INFINITY); width];
    let widen = |(low, high): &mut (f64, f64), other: &(f64, f64)| {
        (*low, *high) = (low.min(other.0), high.max(other.1));
    };
    for (lane, ends) in lows.into_iter().zip(highs).enumerate() {
        if let Some(found) = found.get_mut(lane % width) {
            widen(found, &ends);
        }
    }
    let joined = statistics.join(&found, &(f64::INFINITY, f64::NEG_INFINITY), widen);
    statistics.refuse_empty(&joined, rows.len(), |(low, high)| low > high)?;
    Ok(joined)
}

/// A function of each value and of what was learned for its position.
pub(super) fn apply(values: &mut [f64], first: &[f64], second: &[f64], to: impl Fn(f64, f64, f64) -> f64) {
    let lanes = lanes(first.len());
    let (first, second) = (tiled(first, lanes), tiled(second, lanes));
    for some in values.chunks_mut(lanes) {
        for ((value, &first), &second) in some.iter_mut().zip(&first).zip(&second) {
            *value = to(*value, first, second);
        }
    }
}

/// A state of so many lists with one finite number for each statistic.
pub(super) fn learned<const N: usize>(state: &[Vec<f64>], statistics: &Statistics) -> Result<[Vec<f64>; N]> {
    let count = statistics.count();
    let fits = |list: &Vec<f64>| list.len() == count && list.iter().all(|number| number.is_finite());
    if state.iter().all(fits)
        && let Ok(lists) = <[Vec<f64>; N]>::try_from(state.to_vec())
    {
        return Ok(lists);
    }
    Err(damaged(state, &format!("{N} lists of {count} finite numbers")))
}

/// What is wrong with a saved state.
pub(super) fn damaged(state: &[Vec<f64>], expected: &str) -> Error {
    let lengths: Vec<usize> = state.iter().map(Vec::len).collect();
    Error::Data(format!("the saved state has lists of {lengths:?} numbers, expected {expected}"))
}

/// Whole rows that make up enough lanes.
fn lanes(width: usize) -> usize {
    width.max(1) * (LANES / width.max(1)).max(1)
}

fn tiled(of_positions: &[f64], lanes: usize) -> Vec<f64> {
    of_positions.iter().copied().cycle().take(lanes).collect()
}

/// The sum over the lanes of each position.
fn folded(of_lanes: &[f64], width: usize) -> Vec<f64> {
    let mut folded = vec![0.0; width];
    for row in of_lanes.chunks(width.max(1)) {
        for (sum, value) in folded.iter_mut().zip(row) {
            *sum += value;
        }
    }
    folded
}
