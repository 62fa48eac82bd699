//! The likelihood of classes under a linear map, with a penalty.

use super::super::solve::{Cholesky, minimize};
use crate::graph::kernel::{Matrix, MatrixMut, multiply, sum_of_pairs, vectorized};
use crate::{Error, Result};

/// More parameters than this are found without second derivatives, of which there would be too many.
const SECOND_ORDER: usize = 400;

/// How many rows are multiplied at once.
const ROWS: usize = 512;

/// The negative logarithm of the likelihood and the penalty, of columns that were scaled.
pub(super) struct Likelihood {
    /// One row after the other.
    pub(super) x: Vec<f64>,
    pub(super) width: usize,
    /// By row, below the number of maps, or below 2 with one map.
    pub(super) codes: Vec<u32>,
    /// By row.
    pub(super) weights: Vec<f64>,
    /// By column: the weight of half its squared weights.
    pub(super) penalty: Vec<f64>,
    /// One with two classes, otherwise one for each class.
    pub(super) maps: usize,
}

/// How a search for the best maps ended.
pub(super) enum Found {
    /// `[maps, width]`
    Best(Vec<f64>),
    /// Several maps are equally good.
    Undetermined,
    /// The largest derivative after all rounds, as a share of what the rows weigh.
    Unfinished(f64),
}

impl Likelihood {
    /// The maps at which no derivative is above `tolerance` times what the rows weigh.
    ///
    /// # Errors
    /// When a product fails.
    pub(super) fn best(&self, rounds: usize, tolerance: f64) -> Result<Found> {
        let total: f64 = self.weights.iter().sum();
        let start = vec![0.0; self.maps * self.width];
        if start.len() > SECOND_ORDER {
            let ended = minimize(start, rounds, tolerance * total, |maps, gradient| self.value(maps, gradient));
            let found = ended.steepest <= tolerance * total;
            return Ok(if found { Found::Best(ended.at) } else { Found::Unfinished(ended.steepest / total) });
        }
        self.by_newton(start, rounds, tolerance * total, total)
    }

    /// Newton's method, with steps that are halved until they go down.
    fn by_newton(&self, mut maps: Vec<f64>, rounds: usize, bound: f64, total: f64) -> Result<Found> {
        let mut gradient = vec![0.0; maps.len()];
        let mut value = self.value(&maps, &mut gradient);
        for _ in 0..rounds {
            // One step more makes it as exact as numbers are.
            let is_last = steepest(&gradient) <= bound;
            let Some(curvature) = Cholesky::of(&self.curvature(&maps)?, maps.len())? else {
                return Ok(if is_last { Found::Best(maps) } else { Found::Undetermined });
            };
            let mut step = gradient.clone();
            curvature.solve(&mut step);
            let slope: f64 = step.iter().zip(&gradient).map(|(step, g)| step * g).sum();
            let mut length = 1.0;
            let found = (0..40).find_map(|_| {
                let next: Vec<f64> = maps.iter().zip(&step).map(|(at, step)| at - length * step).collect();
                let found = self.value(&next, &mut gradient);
                // A change that rounding hides is no step up.
                if found <= value - 1e-4 * length * slope + 1e-13 * value.abs() {
                    return Some((next, found));
                }
                length /= 2.0;
                None
            });
            match found {
                Some(found) => (maps, value) = found,
                None if is_last => return Ok(Found::Best(maps)),
                None => break,
            }
            if is_last {
                return Ok(Found::Best(maps));
            }
        }
        let steepest = steepest(&gradient);
        Ok(if steepest <= bound { Found::Best(maps) } else { Found::Unfinished(steepest / total) })
    }

    /// The value at some maps, and its gradient.
    fn value(&self, maps: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut scores = vec![0.0; self.maps];
        let mut value = 0.0;
        vectorized!(|| {
            for ((row, code), weight) in self.x.chunks_exact(self.width).zip(&self.codes).zip(&self.weights) {
                for (score, map) in scores.iter_mut().zip(maps.chunks_exact(self.width)) {
                    *score = sum_of_pairs(row, map, |x: f64, w| x * w);
                }
                value += weight * surprise(&mut scores, *code as usize);
                for (rest, gradient) in scores.iter().zip(gradient.chunks_exact_mut(self.width)) {
                    let rest = weight * rest;
                    gradient.iter_mut().zip(row).for_each(|(g, x)| *g += rest * x);
                }
            }
        });
        for (maps, gradient) in maps.chunks_exact(self.width).zip(gradient.chunks_exact_mut(self.width)) {
            for ((w, g), penalty) in maps.iter().zip(gradient).zip(&self.penalty) {
                value += 0.5 * penalty * w * w;
                *g += penalty * w;
            }
        }
        value
    }

    /// The second derivatives, of which the lower triangle is written.
    fn curvature(&self, maps: &[f64]) -> Result<Vec<f64>> {
        let (width, size) = (self.width, maps.len());
        let mut all = vec![0.0; size * size];
        let mut scaled = vec![0.0; ROWS * width];
        let mut shares = vec![0.0; ROWS * self.maps];
        let blocks = self.x.chunks(ROWS * width).zip(self.weights.chunks(ROWS));
        for (x, weights) in blocks {
            let rows = weights.len();
            for (row, shares) in x.chunks_exact(width).zip(shares.chunks_exact_mut(self.maps)) {
                for (score, map) in shares.iter_mut().zip(maps.chunks_exact(width)) {
                    *score = row.iter().zip(map).map(|(x, w)| x * w).sum();
                }
                probabilities(shares);
            }
            for k in 0..self.maps {
                for l in 0..=k {
                    for ((row, to), (weight, shares)) in x
                        .chunks_exact(width)
                        .zip(scaled.chunks_exact_mut(width))
                        .zip(weights.iter().zip(shares.chunks_exact(self.maps)))
                    {
                        let own = if k == l { 1.0 } else { 0.0 };
                        let share = weight * shares[k] * (own - shares[l]);
                        to.iter_mut().zip(row).for_each(|(to, x)| *to = share * x);
                    }
                    let place = &mut all[k * width * size + l * width..];
                    let place = MatrixMut::with_row_stride(place, width, width, size)?;
                    let scaled = Matrix::new(&scaled[..rows * width], rows, width)?;
                    multiply(place, true, Matrix::new(x, rows, width)?.t(), scaled)?;
                }
            }
        }
        for k in 0..self.maps {
            for (at, penalty) in self.penalty.iter().enumerate() {
                all[(k * width + at) * (size + 1)] += penalty;
            }
        }
        if self.maps > 1 {
            // The same added to all maps changes no probability. The gradient has nothing along it, and a curvature there
            // changes no step.
            for at in 0..width {
                let along = all[at * (size + 1)].max(f64::MIN_POSITIVE);
                for k in 0..self.maps {
                    for l in 0..=k {
                        all[(k * width + at) * size + l * width + at] += along;
                    }
                }
            }
        }
        Ok(all)
    }

    /// Whether each row's own class is the most probable one.
    pub(super) fn separates(&self, maps: &[f64]) -> bool {
        let mut scores = vec![0.0; self.maps];
        self.x.chunks_exact(self.width).zip(&self.codes).all(|(row, code)| {
            for (score, map) in scores.iter_mut().zip(maps.chunks_exact(self.width)) {
                *score = row.iter().zip(map).map(|(x, w)| x * w).sum();
            }
            match scores.as_slice() {
                [score] => (*score > 0.0) == (*code == 1) && *score != 0.0,
                scores => (0..).zip(scores).all(|(other, score)| other == *code || *score < scores[*code as usize]),
            }
        })
    }
}

/// Minus the logarithm of the probability of a class; of scores it makes what probabilities have too much.
#[inline(always)]
fn surprise(scores: &mut [f64], code: usize) -> f64 {
    if let [score] = scores {
        let sign = if code == 1 { -1.0 } else { 1.0 };
        let against = sign * *score;
        *score = sign * logistic(against);
        return against.max(0.0) + (-against.abs()).exp().ln_1p();
    }
    let largest = scores.iter().fold(f64::NEG_INFINITY, |largest, score| score.max(largest));
    let own = scores[code] - largest;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score /= sum;
    }
    scores[code] -= 1.0;
    sum.ln() - own
}

/// Makes probabilities of scores: that of the second class of one score, those of all classes of several.
pub(super) fn probabilities(scores: &mut [f64]) {
    if let [score] = scores {
        *score = logistic(*score);
        return;
    }
    let largest = scores.iter().fold(f64::NEG_INFINITY, |largest, score| score.max(largest));
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// 1 / (1 + exp(-x)), without an overflow.
#[inline(always)]
fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

fn steepest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |largest, g| g.abs().max(largest))
}

/// What the search found, or why there is nothing.
///
/// # Errors
/// When there are no best maps.
pub(super) fn found(model: &str, found: Found, rounds: usize, tolerance: f64) -> Result<Vec<f64>> {
    match found {
        Found::Best(maps) => Ok(maps),
        Found::Undetermined => Err(Error::Component(format!(
            "{model}: the features depend linearly on each other, so that many fits are equally good; raise the penalty"
        ))),
        Found::Unfinished(steepest) => Err(Error::Component(format!(
            "{model} has not converged in {rounds} rounds: its largest derivative is {steepest:e} of what the rows weigh, \
             {tolerance:e} is wanted; raise the penalty, .rounds(..) or .tolerance(..)"
        ))),
    }
}
