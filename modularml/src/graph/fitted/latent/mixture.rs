//! Groups that are normally distributed.

use rayon::prelude::*;

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::k_means::{KMeans, Points, cluster};
use crate::graph::kernel::vectorized;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::text::choices;
use crate::{Error, Result};

/// The probability that a row belongs to each of k groups, each of which is normally distributed, as `GaussianMixture` of
/// scikit-learn.
///
/// Shares, means and covariances of the groups are found by expectation maximisation (Dempster, Laird and Rubin, 1977), which
/// begins with the groups of [`KMeans`] and ends where the mean logarithm of the likelihood of a row grows by less than the
/// tolerance; of all restarts the one of the greatest is kept, and that logarithm with it, `log_likelihood` in the saved
/// model. The output, `[components]`, are the responsibilities. It predicts nothing: what reads it does. Rows that weigh
/// more count as so many equal rows. No gradient passes.
///
/// ```
/// use modularml::graph::fitted::{Covariance, GaussianMixture};
///
/// let groups = GaussianMixture::components(4);
/// let along_the_columns = GaussianMixture::components(4).covariance(Covariance::Diagonal);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Setting { name: "components", shape: Some(crate::text::Shape::new(&[self.components])) }, arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Nothing).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct GaussianMixture {
    /// How many groups.
    #[setting(first, at_least = 1)]
    components: usize,
    /// How the columns of a group may vary together.
    #[setting(default = Covariance::Full)]
    covariance: Covariance,
    /// What is added to all variances, so that none is 0.
    #[setting(default = 1e-6, at_least = 0.0)]
    added_variance: f64,
    /// How many times it is begun anew.
    #[setting(default = 1, at_least = 1)]
    restarts: usize,
    /// How many steps at most.
    #[setting(default = 100, at_least = 1)]
    steps: usize,
    /// It ends where the mean logarithm of the likelihood of a row changes by less.
    #[setting(default = 1e-3, at_least = 0.0)]
    tolerance: f64,
}

/// How the columns of a group may vary together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covariance {
    /// In any way: a covariance for each two columns.
    Full,
    /// Each by itself: a variance for each column.
    Diagonal,
}

choices!(Covariance: Full, Diagonal);

impl BuildLayer for GaussianMixture {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

/// How many rows are computed side by side.
const LANES: usize = 8;

struct Fitted {
    width: usize,
    groups: Vec<Group>,
    /// The mean logarithm of the likelihood of a row that it was fitted to.
    log_likelihood: f64,
}

/// A group.
struct Group {
    share: f64,
    mean: Vec<f64>,
    /// `[width, width]`, or `[width]` where only these are.
    covariance: Vec<f64>,
    /// The inverse of its Cholesky factor, row by row: the lower triangle, or the diagonal.
    whitens: Vec<f64>,
    /// The logarithm of its share and of its density at its mean.
    log_peak: f64,
}

impl Group {
    /// Of a share above 0; none where the covariance is not positive definite.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn new(share: f64, mean: Vec<f64>, covariance: Vec<f64>) -> Option<Self> {
        let width = mean.len();
        let (whitens, log_determinant) = if covariance.len() == width && width != 1 {
            if !covariance.iter().all(|variance| *variance > 0.0) {
                return None;
            }
            let whitens: Vec<f64> = covariance.iter().map(|variance| 1.0 / variance.sqrt()).collect();
            let log_determinant = whitens.iter().map(|x| x.ln()).sum::<f64>();
            (whitens, log_determinant)
        } else {
            inverse_factor(&covariance, width)?
        };
        let log_peak = share.ln() + log_determinant - width as f64 * std::f64::consts::TAU.ln() / 2.0;
        let is_sound = share > 0.0 && log_peak.is_finite() && whitens.iter().all(|x| x.is_finite());
        is_sound.then_some(Self { share, mean, covariance, whitens, log_peak })
    }

    /// The logarithms of its share times its density at some rows, whose numbers of a column stand side by side.
    #[inline(always)]
    fn logs(&self, columns: &[[f64; LANES]], centered: &mut [[f64; LANES]]) -> [f64; LANES] {
        for ((centered, column), mean) in centered.iter_mut().zip(columns).zip(&self.mean) {
            for (centered, x) in centered.iter_mut().zip(column) {
                *centered = x - mean;
            }
        }
        let mut squares = [0.0; LANES];
        if self.whitens.len() == self.mean.len() {
            for (centered, whitens) in centered.iter().zip(&self.whitens) {
                for (square, x) in squares.iter_mut().zip(centered) {
                    let white = x * whitens;
                    *square += white * white;
                }
            }
        } else {
            let mut rest = self.whitens.as_slice();
            for length in 1..=self.mean.len() {
                let Some((row, behind)) = rest.split_at_checked(length) else { break };
                rest = behind;
                let mut white = [0.0; LANES];
                for (whitens, centered) in row.iter().zip(centered.iter()) {
                    for (white, x) in white.iter_mut().zip(centered) {
                        *white += whitens * x;
                    }
                }
                for (square, white) in squares.iter_mut().zip(white) {
                    *square += white * white;
                }
            }
        }
        squares.map(|square| self.log_peak - square / 2.0)
    }
}

/// The inverse of the Cholesky factor of a matrix, its lower triangle row by row, and the logarithm of its determinant; none
/// where the matrix is not positive definite.
fn inverse_factor(matrix: &[f64], size: usize) -> Option<(Vec<f64>, f64)> {
    if matrix.len() != size * size {
        return None;
    }
    let mut factor = matrix.to_vec();
    for j in 0..size {
        for i in j..size {
            let products: f64 = (0..j).map(|k| factor[i * size + k] * factor[j * size + k]).sum();
            let rest = factor[i * size + j] - products;
            if i > j {
                factor[i * size + j] = rest / factor[j * size + j];
            } else if rest > factor[j * size + j] * 1e-13 {
                factor[j * size + j] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let mut inverse = vec![0.0; size * size];
    for column in 0..size {
        for i in column..size {
            let known: f64 = (column..i).map(|k| factor[i * size + k] * inverse[k * size + column]).sum();
            let one = f64::from(u8::from(i == column));
            inverse[i * size + column] = (one - known) / factor[i * size + i];
        }
    }
    let log_determinant = (0..size).map(|i| inverse[i * size + i].ln()).sum();
    let lower = (0..size).flat_map(|i| inverse[i * size..=i * size + i].iter().copied()).collect();
    Some((lower, log_determinant))
}

impl Fitted {
    /// The responsibilities of rows, one after the other, and the logarithm of the likelihood of each.
    fn responsibilities(&self, numbers: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let parts = numbers.par_chunks(LANES * self.width.max(1));
        let of_part = |part: &[f64]| {
            let rows = part.len() / self.width.max(1);
            let mut columns = vec![[0.0; LANES]; self.width];
            for (lane, row) in part.chunks_exact(self.width.max(1)).enumerate() {
                columns.iter_mut().zip(row).for_each(|(column, x)| column[lane] = *x);
            }
            let mut centered = columns.clone();
            let logs: Vec<[f64; LANES]> =
                self.groups.iter().map(|group| vectorized!(|| group.logs(&columns, &mut centered))).collect();
            (0..rows)
                .map(|lane| logs.iter().map(|logs| logs[lane]).collect::<Vec<f64>>())
                .map(shares)
                .collect::<Vec<_>>()
        };
        let all: Vec<(Vec<f64>, f64)> = parts.with_min_len(64).flat_map_iter(of_part).collect();
        let (of_groups, logs): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        (of_groups.concat(), logs)
    }

    /// What makes rows likeliest that belong to groups so.
    fn of(settings: &GaussianMixture, points: &Points<'_>, responsibilities: &[f64]) -> Result<Self> {
        let (width, count) = (points.width(), settings.components);
        let all: f64 = (0..points.len()).map(|row| points.weight(row)).sum();
        let of_group = |group: usize| {
            let share_of = |row: usize| points.weight(row) * responsibilities[row * count + group];
            let mut sum = 0.0;
            let mut mean = vec![0.0; width];
            for row in 0..points.len() {
                let share = share_of(row);
                if share > 0.0 {
                    sum += share;
                    mean.iter_mut().zip(points.row(row)).for_each(|(mean, x)| *mean += share * x);
                }
            }
            for mean in &mut mean {
                *mean /= sum;
            }
            let mut covariance = match settings.covariance {
                Covariance::Full => full(points, &mean, share_of),
                Covariance::Diagonal => diagonal(points, &mean, share_of),
            };
            for covariance in &mut covariance {
                *covariance /= sum;
            }
            let every = if covariance.len() == width { 1 } else { width + 1 };
            covariance.iter_mut().step_by(every).for_each(|variance| *variance += settings.added_variance);
            Group::new(sum / all, mean, covariance).ok_or_else(|| {
                Error::Component(format!(
                    "GaussianMixture: the rows of group {group} do not vary in all directions, or are none; take fewer \
                     components, raise added_variance, or use Covariance::Diagonal"
                ))
            })
        };
        let groups = (0..count).into_par_iter().map(of_group).collect::<Result<Vec<_>>>()?;
        Ok(Self { width, groups, log_likelihood: f64::NEG_INFINITY })
    }
}

/// Shares that sum to 1 of logarithms, and the logarithm of the sum of what these are of.
#[allow(clippy::cast_precision_loss, reason = "counts of groups are far below 2^53")]
fn shares(mut logs: Vec<f64>) -> (Vec<f64>, f64) {
    // A difference of infinities is far away as well.
    logs.iter_mut().filter(|log| log.is_nan()).for_each(|log| *log = f64::NEG_INFINITY);
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        // So far from all groups that none of them can be told from the others.
        let even = 1.0 / logs.len() as f64;
        return (vec![even; logs.len()], f64::NEG_INFINITY);
    }
    for log in &mut logs {
        *log = (*log - largest).exp();
    }
    let sum: f64 = logs.iter().sum();
    for share in &mut logs {
        *share /= sum;
    }
    (logs, largest + sum.ln())
}

/// The sums of products of two columns `[width, width]`, with the mean taken off.
fn full(points: &Points<'_>, mean: &[f64], share_of: impl Fn(usize) -> f64) -> Vec<f64> {
    let width = mean.len();
    let mut sums = vec![0.0; width * width];
    let mut centered = vec![0.0; width];
    vectorized!(|| {
        for row in 0..points.len() {
            let share = share_of(row);
            if share > 0.0 {
                for ((centered, x), mean) in centered.iter_mut().zip(points.row(row)).zip(mean) {
                    *centered = x - mean;
                }
                for (i, x) in centered.iter().enumerate() {
                    let x = share * x;
                    for (sum, other) in sums[i * width..=i * width + i].iter_mut().zip(&centered) {
                        *sum += x * other;
                    }
                }
            }
        }
    });
    for i in 0..width {
        for j in 0..i {
            sums[j * width + i] = sums[i * width + j];
        }
    }
    sums
}

/// The sums of squares of each column, with the mean taken off.
fn diagonal(points: &Points<'_>, mean: &[f64], share_of: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; mean.len()];
    for row in 0..points.len() {
        let share = share_of(row);
        if share > 0.0 {
            for ((sum, x), mean) in sums.iter_mut().zip(points.row(row)).zip(mean) {
                *sum += share * (x - mean) * (x - mean);
            }
        }
    }
    sums
}

impl Model for Fitted {
    type Settings = GaussianMixture;

    const NAME: &'static str = "GaussianMixture";

    fn fit(settings: &GaussianMixture, rows: Rows) -> Result<Self> {
        let mut rng = rows.rng.clone();
        let points = Points::of(&rows);
        let groups = KMeans::clusters(settings.components).restarts(1);
        let all: f64 = (0..points.len()).map(|row| points.weight(row)).sum();
        let mut best: Option<Self> = None;
        for _ in 0..settings.restarts {
            let labels = cluster(Self::NAME, &groups, &points, &mut rng)?.labels;
            let mut responsibilities = vec![0.0; labels.len() * settings.components];
            for (row, label) in responsibilities.chunks_exact_mut(settings.components).zip(labels) {
                if let Some(share) = row.get_mut(label as usize) {
                    *share = 1.0;
                }
            }
            let mut found = Self::of(settings, &points, &responsibilities)?;
            let mut before = f64::NEG_INFINITY;
            for _ in 0..settings.steps {
                let (responsibilities, logs) = found.responsibilities(rows.table.numbers());
                let sum: f64 = logs.iter().enumerate().map(|(row, log)| points.weight(row) * log).sum();
                found = Self::of(settings, &points, &responsibilities)?;
                found.log_likelihood = sum / all;
                let change = found.log_likelihood - before;
                before = found.log_likelihood;
                if change.abs() < settings.tolerance {
                    break;
                }
            }
            if !found.log_likelihood.is_finite() {
                return Err(Error::Component(
                    "GaussianMixture: the numbers are too large for their squares; scale the columns".to_owned(),
                ));
            }
            if best.as_ref().is_none_or(|best| found.log_likelihood > best.log_likelihood) {
                best = Some(found);
            }
        }
        best.ok_or_else(|| Error::Component("GaussianMixture is begun at least once".to_owned()))
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        for (output, share) in outputs.iter_mut().zip(self.responsibilities(row).0) {
            *output = share;
        }
    }

    fn predict_all(&self, table: &Table, _: usize) -> Result<Vec<f64>> {
        Ok(self.responsibilities(table.numbers()).0)
    }

    fn save(&self) -> Entries {
        let (count, width) = (self.groups.len(), self.width);
        let of = |part: fn(&Group) -> &[f64]| self.groups.iter().flat_map(part).copied().collect::<Vec<f64>>();
        let covariances = of(|group| &group.covariance);
        let shares = of(|group| std::slice::from_ref(&group.share));
        let shape = if covariances.len() == count * width && width != 1 {
            vec![count, width]
        } else {
            vec![count, width, width]
        };
        let entries = Entries::default().numbers("shares", &[count], &shares);
        let entries = entries.numbers("means", &[count, width], &of(|group| &group.mean));
        let entries = entries.numbers("covariances", &shape, &covariances);
        entries.numbers("log_likelihood", &[1], &[self.log_likelihood])
    }

    fn load(settings: &GaussianMixture, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let (count, width) = (sizes.outputs, sizes.inputs);
        let shares = saved.positive("shares", &[count])?;
        let means = saved.numbers("means", &[count, width])?;
        let covariances = match settings.covariance {
            Covariance::Diagonal if width != 1 => saved.positive("covariances", &[count, width])?,
            _ => saved.numbers("covariances", &[count, width, width])?,
        };
        let of_group = covariances.len() / count.max(1);
        let each = shares.into_iter().zip(means.chunks_exact(width)).zip(covariances.chunks_exact(of_group.max(1)));
        let groups = each.map(|((share, mean), covariance)| {
            Group::new(share, mean.to_vec(), covariance.to_vec())
                .ok_or_else(|| Error::State("`covariances` holds a matrix that is not positive definite".to_owned()))
        });
        let log_likelihood = saved.numbers("log_likelihood", &[1])?.into_iter().sum();
        Ok(Self { width, groups: groups.collect::<Result<_>>()?, log_likelihood })
    }
}
