//! Linear least squares, also where columns depend on each other.

use super::reflect::Reflection;
use crate::graph::kernel::{sum_of, vectorized};

/// How many rows are reduced at once, so that they stay near the processor.
const ROWS: usize = 256;

/// Of the W `[outputs, inputs]` with the least |X Wᵀ - Y|² the one with the least |W|²; rows of X and Y follow each other.
///
/// More rows than columns are first reduced to as many, by QR decomposition. Columns are taken by what is left of them
/// beside those before; where that is no more than max(rows, inputs, 100) 2.2e-16 of the largest, they depend on those.
pub(in crate::graph::fitted) fn least_norm(x: &[f64], y: &[f64], inputs: usize, outputs: usize) -> Vec<f64> {
    let rows = x.len() / inputs.max(1);
    let (kept, mut columns) = if rows > inputs {
        (inputs, vectorized!(|| reduced(x, y, inputs, outputs)))
    } else {
        (rows, by_columns(x, y, inputs, outputs))
    };
    #[allow(clippy::cast_precision_loss, reason = "a bound")]
    let tolerance = rows.max(inputs).max(100) as f64 * f64::EPSILON;
    let (order, rank) = vectorized!(|| triangle(&mut columns, kept, inputs, tolerance));
    let mut weight = vec![0.0; inputs * outputs];
    let (triangle, right) = columns.split_at(inputs * kept);
    let of_least_norm = Complement::of(triangle, kept, inputs, rank);
    for (right, weight) in right.chunks_exact(kept.max(1)).zip(weight.chunks_exact_mut(inputs.max(1))) {
        let solved = of_least_norm.solve(&right[..rank], inputs);
        for (at, number) in order.iter().zip(solved) {
            weight[*at] = number;
        }
    }
    weight
}

/// The columns of X and behind them those of Y, one after the other.
fn by_columns(x: &[f64], y: &[f64], inputs: usize, outputs: usize) -> Vec<f64> {
    let of = |numbers: &[f64], width: usize| -> Vec<f64> {
        (0..width).flat_map(|at| numbers.iter().skip(at).step_by(width).copied()).collect()
    };
    let mut columns = of(x, inputs);
    columns.append(&mut of(y, outputs));
    columns
}

/// R and Qᵀ Y of X = Q R by columns of as many rows as there are inputs, of rows that come block by block.
#[inline(always)]
fn reduced(x: &[f64], y: &[f64], inputs: usize, outputs: usize) -> Vec<f64> {
    let width = inputs + outputs;
    let mut reduced = vec![0.0; inputs * width];
    let mut block = Vec::new();
    for (x, y) in x.chunks(ROWS * inputs).zip(y.chunks(ROWS * outputs)) {
        let rows = x.len() / inputs;
        block.clear();
        for at in 0..inputs {
            block.extend(x.iter().skip(at).step_by(inputs));
        }
        for at in 0..outputs {
            block.extend(y.iter().skip(at).step_by(outputs));
        }
        for k in 0..inputs {
            let (before, behind) = block.split_at_mut((k + 1) * rows);
            let rest = &before[k * rows..];
            let Some((reflection, becomes)) = Reflection::of(reduced[k * inputs + k], rest) else { continue };
            reduced[k * inputs + k] = becomes;
            for (others, at) in behind.chunks_exact_mut(rows).zip(k + 1..) {
                reflection.apply(rest, &mut reduced[at * inputs + k], others);
            }
        }
    }
    reduced
}

/// Makes the first columns a triangle by reflections, the largest column first, and applies these to those behind them;
/// gives the order in which they were taken, and how many do not depend on those before.
#[inline(always)]
fn triangle(columns: &mut [f64], rows: usize, inputs: usize, tolerance: f64) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..inputs).collect();
    let mut least = 0.0;
    for k in 0..rows.min(inputs) {
        let norm = |at: usize| sum_of(&columns[at * rows + k..(at + 1) * rows], |x: f64| x * x).sqrt();
        let (mut largest, mut at) = (norm(k), k);
        for other in k + 1..inputs {
            let norm = norm(other);
            if norm > largest {
                (largest, at) = (norm, other);
            }
        }
        if k == 0 {
            least = largest * tolerance;
        }
        if largest <= least {
            return (order, k);
        }
        order.swap(k, at);
        let (before, behind) = columns.split_at_mut(at.max(k + 1) * rows);
        if at > k {
            before[k * rows..(k + 1) * rows].swap_with_slice(&mut behind[..rows]);
        }
        let (before, behind) = columns.split_at_mut((k + 1) * rows);
        let (first, rest) = before[k * rows + k..].split_at_mut(1);
        let Some((reflection, becomes)) = Reflection::of(first[0], rest) else { continue };
        for other in behind.chunks_exact_mut(rows) {
            let (first, others) = other[k..].split_at_mut(1);
            reflection.apply(rest, &mut first[0], others);
        }
        first[0] = becomes;
        rest.fill(0.0);
    }
    (order, rows.min(inputs))
}

/// What solves R z = c with the least |z|², R `[rank, inputs]` being a triangle with more columns behind it: with
/// Rᵀ = Q T it is z = Q T⁻ᵀ c.
struct Complement {
    rank: usize,
    /// T by columns of as many rows as inputs, and below its diagonal the vectors of the reflections.
    columns: Vec<f64>,
    reflections: Vec<Option<Reflection>>,
    diagonal: Vec<f64>,
}

impl Complement {
    fn of(triangle: &[f64], rows: usize, inputs: usize, rank: usize) -> Self {
        let mut columns = Vec::with_capacity(rank * inputs);
        for row in 0..rank {
            columns.extend((0..inputs).map(|at| if at < row { 0.0 } else { triangle[at * rows + row] }));
        }
        let (mut reflections, mut diagonal) = (Vec::with_capacity(rank), Vec::with_capacity(rank));
        for k in 0..rank {
            let (before, behind) = columns.split_at_mut((k + 1) * inputs);
            let (first, rest) = before[k * inputs + k..].split_at(1);
            let found = Reflection::of(first[0], rest);
            if let Some((reflection, _)) = &found {
                for other in behind.chunks_exact_mut(inputs) {
                    let (first, others) = other[k..].split_at_mut(1);
                    reflection.apply(rest, &mut first[0], others);
                }
            }
            diagonal.push(found.as_ref().map_or(first[0], |(_, becomes)| *becomes));
            reflections.push(found.map(|(reflection, _)| reflection));
        }
        Self { rank, columns, reflections, diagonal }
    }

    fn solve(&self, right: &[f64], inputs: usize) -> Vec<f64> {
        let mut z = vec![0.0; inputs];
        for k in 0..self.rank {
            let column = &self.columns[k * inputs..];
            let known: f64 = column[..k].iter().zip(&z).map(|(t, z)| t * z).sum();
            z[k] = (right[k] - known) / self.diagonal[k];
        }
        for (k, reflection) in self.reflections.iter().enumerate().rev() {
            if let Some(reflection) = reflection {
                let (first, others) = z[k..].split_at_mut(1);
                reflection.apply(&self.columns[k * inputs + k + 1..(k + 1) * inputs], &mut first[0], others);
            }
        }
        z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} and not {expected}");
        }
    }

    #[test]
    fn a_line_through_points_is_found() {
        // y = 2 a - b + 0.5 c, of more rows than are reduced at once.
        let mut rng = crate::random::Rng::new(1, crate::random::Purpose::Fit, crate::random::Place::default());
        let x: Vec<f64> = (0..3 * 700).map(|_| rng.unit() - 0.5).collect();
        let y: Vec<f64> = x.chunks_exact(3).flat_map(|row| [2.0 * row[0] - row[1] + 0.5 * row[2], row[1]]).collect();
        near(&least_norm(&x, &y, 3, 2), &[2.0, -1.0, 0.5, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn columns_that_depend_on_each_other_share_the_weight() {
        // The same column twice, and a third of zeros: of w₀ + w₁ = 3 the least norm has 1.5 each.
        let x = [1.0, 1.0, 0.0, -2.0, -2.0, 0.0, 0.5, 0.5, 0.0, 3.0, 3.0, 0.0];
        near(&least_norm(&x, &[3.0, -6.0, 1.5, 9.0], 3, 1), &[1.5, 1.5, 0.0]);
    }

    #[test]
    fn fewer_rows_than_columns_have_a_solution_of_least_norm() {
        // X Xᵀ = [[2, 1], [1, 2]]; w = Xᵀ (X Xᵀ)⁻¹ y with y = (1, 2) is Xᵀ (0, 1).
        near(&least_norm(&[1.0, 1.0, 0.0, 0.0, 1.0, 1.0], &[1.0, 2.0], 3, 1), &[0.0, 1.0, 1.0]);
        near(&least_norm(&[2.0, 0.0], &[3.0], 2, 1), &[1.5, 0.0]);
        near(&least_norm(&[0.0, 0.0], &[3.0], 2, 1), &[0.0, 0.0]);
    }
}
