//! Numbers as the bins in which they lie.

use super::ranks::{Method, quantiles};
use super::rows::refuse;
use super::shared::Statistics;
use super::statistics::damaged;
use super::{FittedScaler, Scaler, TrainingRows, k_means};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::{Shape, choices};

/// Bins narrower than this are joined with their neighbour; scikit-learn's.
const NARROWEST: f64 = 1e-8;

/// How wide the bins are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinWidth {
    /// All equally wide.
    Uniform,
    /// Equally many values in each.
    #[default]
    Quantile,
    /// Around the centres of clusters, found by k-means.
    KMeans,
}

choices!(BinWidth: Uniform, Quantile, KMeans);

/// How an edge between two values is found for [`BinWidth::Quantile`]; the names are numpy's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinQuantile {
    /// The middle of both neighbours at a step, the upper one elsewhere.
    #[default]
    AveragedInvertedCdf,
    /// Linear interpolation.
    Linear,
}

choices!(BinQuantile: AveragedInvertedCdf, Linear);

/// Replaces each value by the number of the bin in which it lies, from 0, or by a 1 at the place of that bin.
///
/// A value at an edge lies in the upper bin; values beyond the ends lie in the first or last bin. A constant has one
/// bin. The inverse gives the middle of the bin. NaN is refused. As scikit-learn's `KBinsDiscretizer`; there, a constant
/// comes back as NaN.
///
/// With [`one_hot`](Self::one_hot) a row becomes one axis: for each position as many values as it has bins.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(reshapes = self.one_hot)]
pub struct KBins {
    /// How many bins each position has.
    #[setting(default = 5, at_least = 2)]
    bins: usize,
    /// How wide they are.
    #[setting(default = BinWidth::Quantile)]
    strategy: BinWidth,
    /// How an edge between two values is found.
    #[setting(default = BinQuantile::AveragedInvertedCdf)]
    quantile: BinQuantile,
    /// Gives one value for each bin, 1 for the one in which the value lies and 0 for the others.
    #[setting(default = false)]
    one_hot: bool,
    /// From how many rows at most bins are learned; of more, so many are chosen at random.
    #[setting(default = 200_000, at_least = 1)]
    subsample: usize,
    /// The seed of that choice.
    #[setting(default = 0)]
    seed: u64,
    /// Axes over which bins are shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl KBins {
    /// The edges of the bins of some values, both ends included.
    #[allow(clippy::cast_precision_loss, reason = "the number of bins is small")]
    fn edges(&self, values: &mut [f64]) -> Vec<f64> {
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
        if low >= high {
            return vec![low, high];
        }
        let step = (high - low) / self.bins as f64;
        let even = |index: usize| if index == self.bins { high } else { index as f64 * step + low };
        let edges: Vec<f64> = match self.strategy {
            BinWidth::Uniform => return (0..=self.bins).map(even).collect(),
            BinWidth::Quantile => {
                let percent = 100.0 / self.bins as f64;
                let shares: Vec<f64> = (0..=self.bins)
                    .map(|index| if index == self.bins { 1.0 } else { index as f64 * percent / 100.0 })
                    .collect();
                let method = match self.quantile {
                    BinQuantile::AveragedInvertedCdf => Method::AveragedInvertedCdf,
                    BinQuantile::Linear => Method::Linear,
                };
                quantiles(values, &shares, method)
            }
            BinWidth::KMeans => {
                values.sort_unstable_by(f64::total_cmp);
                let start = (0..self.bins).map(|index| (even(index + 1) + even(index)) * 0.5).collect();
                let centres = k_means::centres(values, start);
                let inner = centres.windows(2).map(|pair| pair.iter().sum::<f64>() * 0.5);
                std::iter::once(low).chain(inner).chain([high]).collect()
            }
        };
        let starts = std::iter::once(f64::NEG_INFINITY).chain(edges.iter().copied());
        starts.zip(&edges).filter(|(before, edge)| **edge - before > NARROWEST).map(|(_, &edge)| edge).collect()
    }
}

impl Scaler for KBins {
    type Fitted = FittedBins;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedBins> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let rows = rows.sample(self.subsample, self.seed)?;
        rows.for_each_chunk(|first, values| refuse(first, values, rows.width(), "a number", f64::is_nan))?;
        let mut edges = Vec::with_capacity(statistics.count());
        rows.for_each_statistic(&statistics, |_, values| {
            edges.push(self.edges(values));
            Ok(())
        })?;
        Ok(FittedBins { statistics, edges, one_hot: self.one_hot })
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedBins> {
        let statistics = Statistics::new(shape, self.over)?;
        let fits = |edges: &Vec<f64>| {
            (2..=self.bins + 1).contains(&edges.len()) && edges.is_sorted() && edges.iter().all(|edge| edge.is_finite())
        };
        if state.len() != statistics.count() || !state.iter().all(fits) {
            let (lists, bins) = (statistics.count(), self.bins);
            return Err(damaged(state, &format!("{lists} lists of ascending edges of up to {bins} bins")));
        }
        Ok(FittedBins { statistics, edges: state.to_vec(), one_hot: self.one_hot })
    }
}

/// The edges of the bins, by statistic.
#[derive(Clone, Debug)]
pub struct FittedBins {
    statistics: Statistics,
    edges: Vec<Vec<f64>>,
    one_hot: bool,
}

impl FittedBins {
    /// The edges at each position.
    fn edges(&self) -> Vec<&[f64]> {
        self.statistics.of().iter().filter_map(|&statistic| self.edges.get(statistic).map(Vec::as_slice)).collect()
    }

    /// How many values a row becomes.
    fn hot_width(&self) -> usize {
        self.edges().iter().map(|edges| edges.len() - 1).sum()
    }
}

/// The bin of a value.
fn bin(edges: &[f64], value: f64) -> usize {
    let inner = edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default();
    // Few edges are counted faster than searched.
    if inner.len() <= 16 {
        inner.iter().map(|&edge| usize::from(edge <= value)).sum()
    } else {
        inner.partition_point(|&edge| edge <= value)
    }
}

/// The middle of a bin.
fn middle(edges: &[f64], bin: usize) -> f64 {
    let bin = bin.min(edges.len().saturating_sub(2));
    edges.get(bin).zip(edges.get(bin + 1)).map_or(f64::NAN, |(low, high)| (low + high) * 0.5)
}

impl FittedScaler for FittedBins {
    fn shape(&self, given: Shape) -> Shape {
        if self.one_hot { Shape::new(&[self.hot_width()]) } else { given }
    }

    #[allow(clippy::cast_precision_loss, reason = "the number of bins is small")]
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        let (edges, width) = (self.edges(), self.statistics.width());
        refuse(0, values, width, "a number", f64::is_nan)?;
        if !self.one_hot {
            for row in values.chunks_exact_mut(width) {
                for (value, edges) in row.iter_mut().zip(&edges) {
                    *value = bin(edges, *value) as f64;
                }
            }
            return Ok(());
        }
        let mut hot = Vec::with_capacity(values.len() / width * self.hot_width());
        for row in values.chunks_exact(width) {
            for (&value, edges) in row.iter().zip(&edges) {
                let bin = bin(edges, value);
                hot.extend((0..edges.len() - 1).map(|index| if index == bin { 1.0 } else { 0.0 }));
            }
        }
        *values = hot;
        Ok(())
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates, and the bin is bounded"
    )]
    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        let edges = self.edges();
        if !self.one_hot {
            for row in values.chunks_exact_mut(self.statistics.width()) {
                for (value, edges) in row.iter_mut().zip(&edges) {
                    *value = if value.is_nan() { *value } else { middle(edges, *value as usize) };
                }
            }
            return Ok(());
        }
        let mut cold = Vec::new();
        for row in values.chunks_exact(self.hot_width()) {
            let mut rest = row;
            for edges in &edges {
                let (own, others) = rest.split_at_checked(edges.len() - 1).unwrap_or_default();
                cold.push(super::categories::hottest(own).map_or(f64::NAN, |bin| middle(edges, bin)));
                rest = others;
            }
        }
        *values = cold;
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.edges.clone()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        if self.one_hot {
            return Err(super::fitted::reshapes());
        }
        let width = self.statistics.width();
        let x = &graph.reshape(x, &[width]);
        let edges = self.edges();
        let inner: Vec<&[f64]> =
            edges.iter().map(|edges| edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default()).collect();
        let most = inner.iter().map(|inner| inner.len()).max().unwrap_or(0).max(1);
        // What a position has fewer of is never reached.
        let filled =
            |inner: &&[f64]| inner.iter().copied().chain(std::iter::repeat(f64::INFINITY)).take(most).collect();
        let table = inner.iter().map(filled).collect::<Vec<Vec<f64>>>().concat();
        let table = graph.constant(x.element(), &table, &[width, most]);
        let each = graph.reshape(x, &[width, 1]);
        let reached = graph.compare("LessOrEqual", &table, &each);
        let reached = graph.cast(&reached, x.element());
        let bins = graph.reduce("ReduceSum", &reached, &[1], false);
        let missing = graph.is_nan(x);
        let bins = graph.choose(&missing, x, &bins);
        Ok(bins)
    }

    fn onnx_inverse(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        if self.one_hot {
            return Err(super::fitted::reshapes());
        }
        let middles = |edges: &&[f64]| (0..edges.len() - 1).map(|bin| middle(edges, bin)).collect::<Vec<_>>();
        let middles: Vec<Vec<f64>> = self.edges().iter().map(middles).collect();
        Ok(super::categories::onnx_looked_up(graph, x, &middles, super::categories::Beyond::TheNearest))
    }
}
