//! Groups around centres.

use rayon::prelude::*;

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use crate::graph::kernel::vectorized;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::random::{Place, Purpose, Rng};
use crate::{Error, Result};

/// How far a row is from each of k centres, which lie in the middle of the rows that are nearest to them (Lloyd, 1982), as
/// `KMeans` of scikit-learn.
///
/// The output, `[clusters]`, holds Euclidean distances, so columns are scaled alike first; the cluster of a row is the
/// position of the smallest. The first centres are drawn by greedy k-means++ (Arthur and Vassilvitskii, 2007): each is the
/// best of `2 + ln(k)` rows that are drawn in proportion to the squared distance to the centres so far. Then rows go to the
/// nearest centre, of those as near to the first, and centres to the mean of their rows, until no row changes its centre or
/// centres hardly move; a centre without rows takes the row that is farthest from its own. Of all restarts the one with the
/// smallest sum of squared distances is kept. It predicts nothing: what reads it does. Rows that weigh more count as so many
/// equal rows. No gradient passes.
///
/// ```
/// use modularml::graph::fitted::KMeans;
///
/// let groups = KMeans::clusters(8);
/// let thorough = KMeans::clusters(8).restarts(50);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Setting { name: "clusters", shape: Some(crate::text::Shape::new(&[self.clusters])) }, arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Nothing).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct KMeans {
    /// How many centres.
    #[setting(first, at_least = 1)]
    clusters: usize,
    /// How many times it is begun anew.
    #[setting(default = 10, at_least = 1)]
    restarts: usize,
    /// How many times at most rows go to centres and centres to rows.
    #[setting(default = 300, at_least = 1)]
    steps: usize,
    /// It ends where the squares of how far centres move are together no more than so many times the mean variance of the
    /// columns.
    #[setting(default = 1e-4, at_least = 0.0)]
    tolerance: f64,
}

impl BuildLayer for KMeans {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted {
    centres: Centres,
    /// The sum of the squared distances of rows to their centres.
    inertia: f64,
}

impl Model for Fitted {
    type Settings = KMeans;

    const NAME: &'static str = "KMeans";

    fn fit(settings: &KMeans, rows: Rows) -> Result<Self> {
        let found = cluster(Self::NAME, settings, &Points::of(&rows), &mut rows.rng.clone())?;
        Ok(Self { centres: found.centres, inertia: found.inertia })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        let mut squared = vec![0.0; self.centres.lanes()];
        self.centres.squared(row, &mut squared);
        for (output, squared) in outputs.iter_mut().zip(squared) {
            *output = squared.sqrt();
        }
    }

    fn save(&self) -> Entries {
        let centres = &self.centres;
        let entries = Entries::default().numbers("centres", &[centres.count, centres.width], &centres.rows());
        entries.numbers("inertia", &[1], &[self.inertia])
    }

    fn load(_: &KMeans, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let centres = saved.numbers("centres", &[sizes.outputs, sizes.inputs])?;
        let inertia = saved.numbers("inertia", &[1])?.into_iter().sum();
        Ok(Self { centres: Centres::of(&centres, sizes.inputs), inertia })
    }
}

/// The rows that are grouped.
pub(super) struct Points<'a> {
    numbers: &'a [f64],
    width: usize,
    /// What each weighs; none where all weigh 1.
    weights: Option<&'a [f64]>,
}

impl<'a> Points<'a> {
    pub(super) fn of(rows: &'a Rows) -> Self {
        Self { numbers: rows.table.numbers(), width: rows.table.width(), weights: rows.weights.as_deref() }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len() / self.width.max(1)
    }

    pub(super) fn row(&self, at: usize) -> &'a [f64] {
        self.numbers.get(at * self.width..).and_then(|numbers| numbers.get(..self.width)).unwrap_or_default()
    }

    pub(super) fn weight(&self, at: usize) -> f64 {
        self.weights.and_then(|weights| weights.get(at)).copied().unwrap_or(1.0)
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The mean of the variances of the columns.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn mean_variance(&self) -> f64 {
        let (mut means, mut variances, mut all) = (vec![0.0; self.width], vec![0.0; self.width], 0.0);
        for (at, row) in self.numbers.chunks_exact(self.width).enumerate() {
            all += self.weight(at);
            means.iter_mut().zip(row).for_each(|(mean, x)| *mean += self.weight(at) * x);
        }
        for mean in &mut means {
            *mean /= all;
        }
        for (at, row) in self.numbers.chunks_exact(self.width).enumerate() {
            let each = variances.iter_mut().zip(row).zip(&means);
            each.for_each(|((variance, x), mean)| *variance += self.weight(at) * (x - mean).powi(2));
        }
        variances.iter().sum::<f64>() / all / self.width as f64
    }
}

/// What a clustering has found.
pub(super) struct Clusters {
    centres: Centres,
    /// The centre of each row.
    pub(super) labels: Vec<u32>,
    inertia: f64,
}

/// How many centres stand side by side.
const LANES: usize = 8;
/// How many rows a thread looks at in one go; sums are added in the order of these parts, so that they have the same bits
/// whoever computes them.
const PART: usize = 1024;

/// Centres, those at the same column side by side.
#[derive(Clone)]
struct Centres {
    count: usize,
    width: usize,
    /// `[width, lanes]`
    columns: Vec<f64>,
}

impl Centres {
    fn of(rows: &[f64], width: usize) -> Self {
        let count = rows.len() / width.max(1);
        let mut centres = Self { count, width, columns: vec![0.0; width * count.next_multiple_of(LANES)] };
        for (at, row) in rows.chunks_exact(width.max(1)).enumerate() {
            centres.set(at, row);
        }
        centres
    }

    fn lanes(&self) -> usize {
        self.count.next_multiple_of(LANES)
    }

    fn set(&mut self, at: usize, row: &[f64]) {
        let lanes = self.lanes();
        for (number, x) in self.columns.iter_mut().skip(at).step_by(lanes.max(1)).zip(row) {
            *number = *x;
        }
    }

    /// One centre after the other.
    fn rows(&self) -> Vec<f64> {
        let lanes = self.lanes().max(1);
        (0..self.count).flat_map(|at| self.columns.iter().skip(at).step_by(lanes).copied()).collect()
    }

    /// The squared distances of a row to all of them.
    fn squared(&self, row: &[f64], squared: &mut [f64]) {
        let lanes = self.lanes();
        vectorized!(|| {
            // Eight centres at a time stay in registers.
            for (at, squared) in squared.chunks_exact_mut(LANES).enumerate() {
                let mut sums = [0.0; LANES];
                for (x, column) in row.iter().zip(self.columns.chunks_exact(lanes)) {
                    for (sum, centre) in sums.iter_mut().zip(&column[at * LANES..][..LANES]) {
                        let apart = x - centre;
                        *sum += apart * apart;
                    }
                }
                squared.copy_from_slice(&sums);
            }
        });
    }

    /// The nearest to a row, the first of those as near, and its squared distance.
    fn nearest(&self, row: &[f64], squared: &mut [f64]) -> (u32, f64) {
        self.squared(row, squared);
        let of_count = squared.iter().copied().take(self.count).zip(0u32..);
        of_count.fold(
            (0, f64::INFINITY),
            |(at, least), (squared, here)| {
                if squared < least { (here, squared) } else { (at, least) }
            },
        )
    }

    /// The nearest to each row, and the squared distances.
    fn assign(&self, points: &Points<'_>) -> Vec<(u32, f64)> {
        let parts = points.numbers.par_chunks(PART * points.width.max(1));
        let of_part = |part: &[f64]| {
            let mut squared = vec![0.0; self.lanes()];
            part.chunks_exact(points.width).map(|row| self.nearest(row, &mut squared)).collect::<Vec<_>>()
        };
        parts.flat_map_iter(of_part).collect()
    }
}

/// The best grouping of all restarts.
///
/// # Errors
/// When there are fewer different rows than centres, or distances are not finite.
pub(super) fn cluster(name: &str, settings: &KMeans, points: &Points<'_>, rng: &mut Rng) -> Result<Clusters> {
    let (rows, clusters) = (points.len(), settings.clusters);
    if rows < clusters {
        return Err(Error::Component(format!(
            "{name} has {clusters} groups and {rows} rows to be fitted to; take fewer"
        )));
    }
    let tolerance = settings.tolerance * points.mean_variance();
    let seed = rng.bits();
    let mut best: Option<Clusters> = None;
    for restart in 0..u32::try_from(settings.restarts).unwrap_or(u32::MAX) {
        let mut rng = Rng::new(seed, Purpose::Fit, Place { step: restart, ..Place::default() });
        let first = draw(name, clusters, points, &mut rng)?;
        let found = settle(first, points, settings.steps, tolerance);
        if best.as_ref().is_none_or(|best| found.inertia < best.inertia) {
            best = Some(found);
        }
    }
    match best {
        Some(best) if best.inertia.is_finite() => Ok(best),
        _ => Err(Error::Component(format!("{name}: the numbers are too large for their squares; scale the columns"))),
    }
}

/// The first centres.
fn draw(name: &str, clusters: usize, points: &Points<'_>, rng: &mut Rng) -> Result<Centres> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
    let trials = 2 + (clusters as f64).ln() as usize;
    let all: Vec<f64> = (0..points.len()).map(|at| points.weight(at)).collect();
    let first = points.row(pick(&all, rng));
    let mut centres = Centres::of(&first.repeat(clusters), points.width);
    let mut least: Vec<f64> = centres.assign(points).into_iter().map(|(_, squared)| squared).collect();
    for centre in 1..clusters {
        let shares: Vec<f64> = least.iter().enumerate().map(|(at, squared)| points.weight(at) * squared).collect();
        if shares.iter().sum::<f64>() == 0.0 {
            return Err(Error::Component(format!(
                "{name} has {clusters} groups, and only {centre} of the rows that it is fitted to differ; take {centre}"
            )));
        }
        let tried: Vec<usize> = (0..trials).map(|_| pick(&shares, rng)).collect();
        let rows: Vec<f64> = tried.iter().flat_map(|&row| points.row(row)).copied().collect();
        let sums = sums_beside(&Centres::of(&rows, points.width), points, &least);
        let best = (0..tried.len()).fold(0, |best, at| if sums[at] < sums[best] { at } else { best });
        let row = points.row(tried[best]);
        centres.set(centre, row);
        let nearest = Centres::of(row, points.width).assign(points);
        least.iter_mut().zip(nearest).for_each(|(least, (_, squared))| *least = least.min(squared));
    }
    Ok(centres)
}

/// The sum of squared distances to the nearest centre if each of some rows were one beside those that there are.
fn sums_beside(tried: &Centres, points: &Points<'_>, least: &[f64]) -> Vec<f64> {
    let of_part = |(part, least): (usize, &[f64])| {
        let (mut squared, mut sums) = (vec![0.0; tried.lanes()], vec![0.0; tried.lanes()]);
        for (row, least) in (part * PART..).zip(least) {
            tried.squared(points.row(row), &mut squared);
            let weight = points.weight(row);
            sums.iter_mut().zip(&squared).for_each(|(sum, squared)| *sum += weight * least.min(*squared));
        }
        sums
    };
    let parts: Vec<Vec<f64>> = least.par_chunks(PART).enumerate().map(of_part).collect();
    let mut sums = vec![0.0; tried.lanes()];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// A position, drawn in proportion to its share.
fn pick(shares: &[f64], rng: &mut Rng) -> usize {
    let mut left = rng.unit() * shares.iter().sum::<f64>();
    let mut last = 0;
    for (at, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        last = at;
        left -= share;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// Rows go to the nearest centre and centres to their rows, until hardly anything changes.
fn settle(mut centres: Centres, points: &Points<'_>, steps: usize, tolerance: f64) -> Clusters {
    let mut nearest = centres.assign(points);
    for _ in 0..steps {
        let moved = means(&nearest, points, centres.count);
        let before = centres.rows();
        let shift: f64 = before.iter().zip(&moved).map(|(before, now)| (before - now).powi(2)).sum();
        centres = Centres::of(&moved, points.width);
        let again = centres.assign(points);
        let is_same = again.iter().zip(&nearest).all(|((now, _), (before, _))| now == before);
        nearest = again;
        if is_same || shift <= tolerance {
            break;
        }
    }
    let inertia = nearest.iter().enumerate().map(|(at, (_, squared))| points.weight(at) * squared).sum();
    Clusters { centres, labels: nearest.into_iter().map(|(label, _)| label).collect(), inertia }
}

/// The mean of the rows of each centre, one after the other.
fn means(nearest: &[(u32, f64)], points: &Points<'_>, clusters: usize) -> Vec<f64> {
    let width = points.width;
    let of_part = |(part, nearest): (usize, &[(u32, f64)])| {
        let (mut sums, mut weights) = (vec![0.0; clusters * width], vec![0.0; clusters]);
        for (row, (label, _)) in (part * PART..).zip(nearest) {
            let (label, weight) = (*label as usize, points.weight(row));
            weights[label] += weight;
            for (sum, x) in sums[label * width..][..width].iter_mut().zip(points.row(row)) {
                *sum += weight * x;
            }
        }
        (sums, weights)
    };
    let parts: Vec<(Vec<f64>, Vec<f64>)> = nearest.par_chunks(PART).enumerate().map(of_part).collect();
    let (mut sums, mut weights) = (vec![0.0; clusters * width], vec![0.0; clusters]);
    for (of_sums, of_weights) in parts {
        sums.iter_mut().zip(of_sums).for_each(|(sum, part)| *sum += part);
        weights.iter_mut().zip(of_weights).for_each(|(weight, part)| *weight += part);
    }
    let without: Vec<usize> = (0..clusters).filter(|&cluster| weights[cluster] == 0.0).collect();
    if !without.is_empty() {
        let mut far: Vec<usize> = (0..nearest.len()).collect();
        far.sort_by(|&a, &b| nearest[b].1.total_cmp(&nearest[a].1).then(a.cmp(&b)));
        for (cluster, row) in without.into_iter().zip(far) {
            let (from, weight) = (nearest[row].0 as usize, points.weight(row));
            for (at, x) in points.row(row).iter().enumerate() {
                sums[from * width + at] -= weight * x;
                sums[cluster * width + at] = weight * x;
            }
            weights[from] -= weight;
            weights[cluster] = weight;
        }
    }
    for (sums, weight) in sums.chunks_exact_mut(width.max(1)).zip(&weights) {
        // One that lost its last row to another stays without; it takes a row in the next step.
        let weight = if *weight > 0.0 { *weight } else { 1.0 };
        for sum in sums {
            *sum /= weight;
        }
    }
    sums
}
