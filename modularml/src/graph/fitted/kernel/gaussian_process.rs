//! Gaussian processes.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::solve::Cholesky;
use super::super::target::Target;
use super::simplex::least;
use crate::graph::kernel::{sum_of_pairs, vectorized};
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// More rows take more memory and time than is reasonable: the matrix of them all is decomposed again and again.
const MOST_ROWS: usize = 5000;

/// Of more rows the search begins with as many, evenly chosen.
const FIRST_ROWS: usize = 400;

/// The mean of a Gaussian process with noise, a smooth regression that needs no settings, fitted to all rows at once in a fit
/// phase.
///
/// Targets are standardised; their covariance is amplitude exp(-|a - b|² / (2 length²)), and noise on the diagonal. The three
/// numbers are those of the largest marginal likelihood (Rasmussen and Williams, 2006, formula 2.30): the amplitude follows
/// from the others, and these are searched for by the simplex of Nelder and Mead from `starts` places, lengths from a third of
/// the median distance to ten times that with little and much noise, with the same bits at each run. With more than 400 rows
/// the places are tried on 400 of them, and the best one on all. Several outputs share the three numbers. As scikit-learn's
/// `GaussianProcessRegressor` with `ConstantKernel() * RBF() + WhiteKernel()` and `normalize_y=True`.
///
/// It takes up to 5,000 rows; use `SupportVectors`, `Ridge` or `RandomForest` for more. Features should be scaled, since one
/// length holds for all. Several inputs stand side by side. No gradient passes.
///
/// ```
/// use modularml::layers::GaussianProcess;
///
/// let soh = GaussianProcess::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers)), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct GaussianProcess {
    /// From how many places the search begins.
    #[setting(default = 6, at_least = 1, at_most = 6)]
    starts: usize,
}

impl BuildLayer for GaussianProcess {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(self.starts, &self.spec(), build)
    }
}

struct Fitted {
    /// `[rows, inputs]`
    rows: Vec<f64>,
    /// `[rows, outputs]`
    coefficients: Vec<f64>,
    /// What is added, one for each output.
    means: Vec<f64>,
    amplitude: f64,
    length: f64,
    noise: f64,
}

impl Model for Fitted {
    type Settings = usize;

    const NAME: &'static str = "GaussianProcess";

    fn fit(starts: &usize, rows: Rows) -> Result<Self> {
        let Target::Numbers { values, width: outputs } = rows.target else {
            return Err(Error::Component(format!("{} predicts numbers", Self::NAME)));
        };
        let (count, inputs) = (rows.table.len(), rows.table.width());
        if count > MOST_ROWS {
            return Err(Error::Component(format!(
                "{} takes up to {MOST_ROWS} rows, found {count}; fit it to fewer, or use SupportVectors, Ridge or \
                 RandomForest",
                Self::NAME
            )));
        }
        let rows = rows.table.into_numbers();
        let (means, deviations, targets) = standardised(&values, outputs);
        let all = Evidence::of(&rows, &targets, inputs);
        let at = searched(&all, &rows, inputs, *starts)?;
        let Some(solved) = all.solved(at)? else {
            return Err(Error::Component(format!(
                "{}: no length and noise give a covariance that can be decomposed; scale the features",
                Self::NAME
            )));
        };
        let mut coefficients = vec![0.0; count * outputs];
        for (output, (solved, deviation)) in solved.coefficients.iter().zip(&deviations).enumerate() {
            for (to, c) in coefficients.iter_mut().skip(output).step_by(outputs).zip(solved) {
                *to = c * deviation;
            }
        }
        let (length, ratio) = (at[0].exp(), at[1].exp());
        Ok(Self { rows, coefficients, means, amplitude: solved.amplitude, length, noise: ratio * solved.amplitude })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        outputs.copy_from_slice(&self.means);
        let coefficients = self.coefficients.chunks_exact(outputs.len().max(1));
        let by = -0.5 / (self.length * self.length);
        vectorized!(|| {
            for (other, coefficients) in self.rows.chunks_exact(row.len().max(1)).zip(coefficients) {
                let alike = (by * sum_of_pairs(row, other, |a: f64, b| (a - b) * (a - b))).exp();
                outputs.iter_mut().zip(coefficients).for_each(|(output, c)| *output += c * alike);
            }
        });
    }

    fn save(&self) -> Entries {
        let outputs = self.means.len();
        let count = self.coefficients.len() / outputs.max(1);
        let inputs = self.rows.len() / count.max(1);
        Entries::default()
            .numbers("rows", &[count, inputs], &self.rows)
            .numbers("coefficients", &[count, outputs], &self.coefficients)
            .numbers("means", &[outputs], &self.means)
            .numbers("amplitude", &[1], &[self.amplitude])
            .numbers("length", &[1], &[self.length])
            .numbers("noise", &[1], &[self.noise])
    }

    fn load(_: &usize, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let count = saved.shape("rows")?.first().copied().unwrap_or(0);
        let one = |name: &str| Ok::<f64, Error>(saved.numbers(name, &[1])?.first().copied().unwrap_or(0.0));
        let length = one("length")?;
        if length <= 0.0 || !(1.0 / (length * length)).is_finite() {
            return Err(Error::State(format!("`length` holds {length}, a number above 0 with a square is needed")));
        }
        Ok(Self {
            rows: saved.numbers("rows", &[count, sizes.inputs])?,
            coefficients: saved.numbers("coefficients", &[count, sizes.outputs])?,
            means: saved.numbers("means", &[sizes.outputs])?,
            amplitude: one("amplitude")?,
            noise: one("noise")?,
            length,
        })
    }
}

/// The logarithms of the length, and of the noise as a share of the amplitude, at which the targets are most likely.
fn searched(all: &Evidence<'_>, rows: &[f64], inputs: usize, starts: usize) -> Result<[f64; 2]> {
    let step = all.count.div_ceil(FIRST_ROWS);
    let part = |numbers: &[f64], width: usize| -> Vec<f64> {
        numbers.chunks_exact(width).step_by(step).flatten().copied().collect()
    };
    let some_targets: Vec<Vec<f64>> = all.targets.iter().map(|target| part(target, 1)).collect();
    let some = Evidence::of(&part(rows, inputs), &some_targets, inputs);
    let distance = some.median_distance();
    let places = [(1.0, 0.1), (0.3, 0.1), (3.0, 0.1), (1.0, 2.0), (10.0, 0.1), (0.3, 2.0)];
    let mut best = ([distance.ln(), 0.0], f64::INFINITY);
    for (length, noise) in places.into_iter().take(starts) {
        let found = least([f64::ln(length * distance), f64::ln(noise)], |at| some.surprise(at))?;
        if found.1 < best.1 {
            best = found;
        }
    }
    Ok(if step > 1 { least(best.0, |at| all.surprise(at))?.0 } else { best.0 })
}

/// The mean and the deviation of each output, and its values with these taken off; one of a single value is left with its
/// deviation as 1.
#[allow(clippy::cast_precision_loss, reason = "at most 5,000 rows")]
fn standardised(values: &[f64], outputs: usize) -> (Vec<f64>, Vec<f64>, Vec<Vec<f64>>) {
    let (mut means, mut deviations, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    for output in 0..outputs {
        let mut target: Vec<f64> = values.iter().skip(output).step_by(outputs).copied().collect();
        let count = target.len() as f64;
        let mean = target.iter().sum::<f64>() / count;
        let deviation = (target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / count).sqrt();
        let deviation = if deviation > mean.abs() * 1e-14 { deviation } else { 1.0 };
        for y in &mut target {
            *y = (*y - mean) / deviation;
        }
        means.push(mean);
        deviations.push(deviation);
        targets.push(target);
    }
    (means, deviations, targets)
}

/// How likely targets are.
struct Evidence<'a> {
    /// The squared distance of each two rows; those below the diagonal count.
    squares: Vec<f64>,
    /// By output.
    targets: &'a [Vec<f64>],
    count: usize,
}

/// The covariance solved for the targets.
struct Solved {
    /// By output: (amplitude · alikeness + noise)⁻¹ y amplitude
    coefficients: Vec<Vec<f64>>,
    amplitude: f64,
    log_determinant: f64,
}

impl<'a> Evidence<'a> {
    fn of(rows: &[f64], targets: &'a [Vec<f64>], inputs: usize) -> Self {
        let count = rows.len() / inputs.max(1);
        let mut squares = vec![0.0; count * count];
        for (i, (row, squares)) in rows.chunks_exact(inputs).zip(squares.chunks_exact_mut(count)).enumerate() {
            for (other, square) in rows.chunks_exact(inputs).zip(squares).take(i) {
                *square = row.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
            }
        }
        Self { squares, targets, count }
    }

    /// The median distance of two rows that differ; 1 where none do.
    fn median_distance(&self) -> f64 {
        let rows = self.squares.chunks_exact(self.count.max(1)).enumerate();
        let mut distances: Vec<f64> =
            rows.flat_map(|(i, row)| row[..i].iter().copied()).filter(|square| *square > 0.0).collect();
        let middle = distances.len() / 2;
        if distances.is_empty() {
            return 1.0;
        }
        let (_, median, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
        median.sqrt()
    }

    /// With the logarithms of the length, and of the noise as a share of the amplitude; none where the covariance cannot be
    /// decomposed.
    #[allow(clippy::cast_precision_loss, reason = "at most 5,000 rows")]
    fn solved(&self, [length, noise]: [f64; 2]) -> Result<Option<Solved>> {
        let (by, noise) = (-0.5 * (-2.0 * length).exp(), noise.exp());
        let mut covariance = vec![0.0; self.count * self.count];
        let lines = covariance.chunks_exact_mut(self.count.max(1)).zip(self.squares.chunks_exact(self.count.max(1)));
        for (i, (to, squares)) in lines.enumerate() {
            to[..i].iter_mut().zip(squares).for_each(|(to, square)| *to = (by * square).exp());
            to[i] = 1.0 + noise;
        }
        let Some(decomposed) = Cholesky::of(&covariance, self.count)? else { return Ok(None) };
        let mut coefficients = self.targets.to_vec();
        let mut sum = 0.0;
        for (solved, target) in coefficients.iter_mut().zip(self.targets) {
            decomposed.solve(solved);
            sum += solved.iter().zip(target).map(|(c, y)| c * y).sum::<f64>();
        }
        // Targets of one value have no amplitude.
        let amplitude = (sum / (self.count * self.targets.len()) as f64).max(f64::MIN_POSITIVE);
        Ok(Some(Solved { coefficients, amplitude, log_determinant: decomposed.log_determinant() }))
    }

    /// Minus the logarithm of the marginal likelihood, the amplitude being the best one, less what is the same for all.
    #[allow(clippy::cast_precision_loss, reason = "at most 5,000 rows")]
    fn surprise(&self, at: [f64; 2]) -> Result<f64> {
        // Beyond these nothing changes any more but rounding.
        if at[0].abs() > 40.0 || at[1] < -27.0 || at[1] > 27.0 {
            return Ok(f64::INFINITY);
        }
        let outputs = self.targets.len() as f64;
        Ok(self.solved(at)?.map_or(f64::INFINITY, |solved| {
            0.5 * outputs * (self.count as f64 * solved.amplitude.ln() + solved.log_determinant)
        }))
    }
}
