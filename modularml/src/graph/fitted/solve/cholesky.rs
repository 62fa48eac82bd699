//! Cholesky's decomposition of symmetric matrices.

use crate::Result;
use crate::graph::kernel::{Matrix, MatrixMut, multiply, sum_of_pairs, vectorized};

/// How many columns are decomposed at once; the rest is products of matrices.
const WIDTH: usize = 96;

/// A symmetric matrix A that was decomposed to L Lᵀ.
pub(in crate::graph::fitted) struct Cholesky {
    size: usize,
    /// L by columns: those from `at * WIDTH` on, with their rows from the diagonal on, one row after the other.
    panels: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Decomposes a matrix of which the lower triangle is read, one row after the other; none when it is not clearly
    /// positive definite: when a pivot is no more than 1e-13 of what stood there.
    ///
    /// # Errors
    /// When a product fails.
    pub(in crate::graph::fitted) fn of(matrix: &[f64], size: usize) -> Result<Option<Self>> {
        let mut panels: Vec<Vec<f64>> = Vec::with_capacity(size.div_ceil(WIDTH));
        for from in (0..size).step_by(WIDTH) {
            let (width, rows) = (WIDTH.min(size - from), size - from);
            let mut panel = Vec::with_capacity(rows * width);
            for row in matrix.chunks_exact(size).skip(from) {
                panel.extend_from_slice(&row[from..from + width]);
            }
            let before: Vec<f64> = (0..width).map(|k| panel[k * width + k]).collect();
            for (at, known) in panels.iter().enumerate() {
                let known = &known[(from - at * WIDTH) * WIDTH..];
                let minus: Vec<f64> = known[..width * WIDTH].iter().map(|number| -number).collect();
                let (known, minus) = (Matrix::new(known, rows, WIDTH)?, Matrix::new(&minus, width, WIDTH)?);
                multiply(MatrixMut::new(&mut panel, rows, width)?, true, known, minus.t())?;
            }
            if !vectorized!(|| decompose(&mut panel, width, &before)) {
                return Ok(None);
            }
            panels.push(panel);
        }
        Ok(Some(Self { size, panels }))
    }

    /// Solves A x = b in place.
    pub(in crate::graph::fitted) fn solve(&self, b: &mut [f64]) {
        self.forward(b);
        for (at, panel) in self.panels.iter().enumerate().rev() {
            let from = at * WIDTH;
            let width = WIDTH.min(self.size - from);
            let (here, below) = b[from..].split_at_mut(width);
            for (row, x) in panel.chunks_exact(width).skip(width).zip(&*below) {
                here.iter_mut().zip(row).for_each(|(here, l)| *here -= l * x);
            }
            for i in (0..width).rev() {
                let row = &panel[i * width..];
                here[i] /= row[i];
                let x = here[i];
                here[..i].iter_mut().zip(row).for_each(|(here, l)| *here -= l * x);
            }
        }
    }

    /// Solves L x = b in place.
    pub(in crate::graph::fitted) fn forward(&self, b: &mut [f64]) {
        for (at, panel) in self.panels.iter().enumerate() {
            let from = at * WIDTH;
            let width = WIDTH.min(self.size - from);
            let (here, below) = b[from..].split_at_mut(width);
            for (i, row) in panel.chunks_exact(width).take(width).enumerate() {
                let known: f64 = row[..i].iter().zip(&*here).map(|(l, x)| l * x).sum();
                here[i] = (here[i] - known) / row[i];
            }
            for (row, x) in panel.chunks_exact(width).skip(width).zip(below) {
                *x -= row.iter().zip(&*here).map(|(l, x)| l * x).sum::<f64>();
            }
        }
    }

    /// The logarithm of the determinant of A.
    pub(in crate::graph::fitted) fn log_determinant(&self) -> f64 {
        let of_panel = |(at, panel): (usize, &Vec<f64>)| {
            let width = WIDTH.min(self.size - at * WIDTH);
            (0..width).map(|k| panel[k * width + k].ln()).sum::<f64>()
        };
        2.0 * self.panels.iter().enumerate().map(of_panel).sum::<f64>()
    }
}

/// Decomposes the first `width` rows of a panel and solves the others; false when a pivot is too small.
#[inline(always)]
fn decompose(panel: &mut [f64], width: usize, before: &[f64]) -> bool {
    let (square, below) = panel.split_at_mut(width * width);
    for i in 0..width {
        let (done, rest) = square.split_at_mut(i * width);
        let row = &mut rest[..width];
        for (j, known) in done.chunks_exact(width).enumerate() {
            row[j] = (row[j] - sum_of_pairs(&row[..j], &known[..j], |a: f64, b| a * b)) / known[j];
        }
        let pivot = row[i] - sum_of_pairs(&row[..i], &row[..i], |a: f64, b| a * b);
        // What is not a number is no pivot either.
        if pivot.is_nan() || pivot <= before[i].abs() * 1e-13 {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    for row in below.chunks_exact_mut(width) {
        for (j, known) in square.chunks_exact(width).enumerate() {
            row[j] = (row[j] - sum_of_pairs(&row[..j], &known[..j], |a: f64, b| a * b)) / known[j];
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix: |i - j| below the size makes 1 / (1 + |i - j|) so.
    fn matrix(size: usize) -> Vec<f64> {
        let at = |i: usize, j: usize| 1.0 / (1.0 + f64::from(u32::try_from(i.abs_diff(j)).unwrap()));
        (0..size).flat_map(|i| (0..size).map(move |j| at(i, j))).collect()
    }

    #[test]
    fn what_is_solved_gives_the_right_side_again() {
        for size in [1, 2, 95, 96, 97, 250] {
            let a = matrix(size);
            let right: Vec<f64> = (0..size).map(|i| f64::from(u32::try_from(i % 7).unwrap()) - 3.0).collect();
            let mut x = right.clone();
            Cholesky::of(&a, size).unwrap().unwrap().solve(&mut x);
            for (row, right) in a.chunks_exact(size).zip(right) {
                let product: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
                assert!((product - right).abs() < 1e-11, "{size}: {product} and not {right}");
            }
        }
    }

    #[test]
    fn the_determinant_is_that_of_two_by_two() {
        let of_two = Cholesky::of(&[2.0, 0.0, 1.0, 3.0], 2).unwrap().unwrap();
        assert!((of_two.log_determinant() - 5f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_positive_definite_is_told() {
        for matrix in [[1.0, 0.0, 2.0, 4.0], [0.0, 0.0, 0.0, 1.0], [f64::NAN, 0.0, 0.0, 1.0], [1.0, 0.0, 3.0, 1.0]] {
            assert!(Cholesky::of(&matrix, 2).unwrap().is_none(), "{matrix:?}");
        }
    }
}
