//! How well distances between embeddings tell labels apart: each row asks the others, and all rows are kept.

use super::batch::{Batch, count};
use super::running::{Accumulate, Running};
use super::{Measure, Measurement};
use crate::spec::{Agreement, Memory, Slot, Takes};
use crate::{Error, Result};

const INPUTS: [Slot; 2] =
    [Slot { name: "embedding", takes: Takes::Output }, Slot { name: "label", takes: Takes::Labels }];

/// The share of rows that have a row of their own label among the `k` nearest others (Recall@k). With k = 1 it is the
/// `precision_at_1` of pytorch-metric-learning. Rows whose label no other row has are left out, as there.
///
/// ```
/// use modularml::experiment::metric::RecallAt;
///
/// let metric = RecallAt::k(1);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &INPUTS, agreement = Agreement::Free, higher_is_better = true, memory = Memory::AllRows)]
pub struct RecallAt {
    /// How many of the nearest rows are looked at.
    #[setting(first, at_least = 1)]
    k: usize,
}

impl Measure for RecallAt {
    fn start(&self) -> Box<dyn Measurement> {
        let k = self.k;
        over_rows(move |rows| {
            rows.mean_of_queries(|own, nearest, _| {
                let found = nearest.iter().take(k).any(|label| same(*label, own));
                f64::from(u8::from(found))
            })
        })
    }
}

/// The mean average precision at R (Musgrave et al., 2020), `mean_average_precision_at_r` of pytorch-metric-learning: of a row
/// with R others of its label, the mean over the R nearest others of precision up to each that is of its label, and 0 for
/// each that is not. Rows whose label no other row has are left out, as there.
///
/// ```
/// use modularml::experiment::metric::MeanAveragePrecision;
///
/// let metric = MeanAveragePrecision;
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &INPUTS, agreement = Agreement::Free, higher_is_better = true, memory = Memory::AllRows)]
pub struct MeanAveragePrecision;

impl Measure for MeanAveragePrecision {
    fn start(&self) -> Box<dyn Measurement> {
        over_rows(|rows| {
            rows.mean_of_queries(|own, nearest, others| {
                let (mut hits, mut sum) = (0, 0.0);
                for (place, label) in nearest.iter().take(others).enumerate() {
                    if same(*label, own) {
                        hits += 1;
                        sum += count(hits) / count(place + 1);
                    }
                }
                sum / count(others)
            })
        })
    }
}

/// The share of rows whose label most of the `k` nearest others have, a nearest-neighbour classifier that leaves out the row
/// itself; among labels of equally many the smallest counts, as in scikit-learn's `KNeighborsClassifier`.
///
/// ```
/// use modularml::experiment::metric::Neighbours;
///
/// let metric = Neighbours::k(5);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &INPUTS, agreement = Agreement::Free, higher_is_better = true, memory = Memory::AllRows)]
pub struct Neighbours {
    /// How many of the nearest rows vote.
    #[setting(first, at_least = 1)]
    k: usize,
}

impl Measure for Neighbours {
    fn start(&self) -> Box<dyn Measurement> {
        let k = self.k;
        over_rows(move |rows| {
            if rows.labels.len() < 2 {
                return f64::NAN;
            }
            let right = (0..rows.labels.len()).filter(|row| {
                let mut votes: Vec<f64> = rows.nearest(*row).take(k).collect();
                votes.sort_by(f64::total_cmp);
                let runs = votes.chunk_by(|a, b| same(*a, *b));
                let most = runs.clone().map(<[f64]>::len).max().unwrap_or(0);
                let winner = runs.clone().find(|run| run.len() == most).and_then(<[f64]>::first);
                rows.labels.get(*row).zip(winner).is_some_and(|(own, winner)| same(*own, *winner))
            });
            count(right.count()) / count(rows.labels.len())
        })
    }
}

/// The mean silhouette of rows (Rousseeuw, 1987), as scikit-learn's `silhouette_score`: with a the mean distance of a row to
/// the others of its label, and b that to the rows of the nearest other label, (b - a) / max(a, b), and 0 for the only row of
/// a label. It is not defined for a single label, or where every row has its own.
///
/// ```
/// use modularml::experiment::metric::Silhouette;
///
/// let metric = Silhouette;
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &INPUTS, agreement = Agreement::Free, higher_is_better = true, memory = Memory::AllRows)]
pub struct Silhouette;

impl Measure for Silhouette {
    fn start(&self) -> Box<dyn Measurement> {
        over_rows(Embedded::silhouette)
    }
}

/// Rows that are kept until all are there.
struct Embedded {
    width: usize,
    /// Row after row.
    all: Vec<f64>,
    labels: Vec<f64>,
}

/// A value over all rows.
struct OverRows<F> {
    rows: Embedded,
    value: F,
}

fn over_rows(value: impl Fn(&Embedded) -> f64 + Send + 'static) -> Box<dyn Measurement> {
    Box::new(Running(OverRows { rows: Embedded { width: 0, all: Vec::new(), labels: Vec::new() }, value }))
}

impl<F: Fn(&Embedded) -> f64 + Send> Accumulate for OverRows<F> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        batch.refuse_weights()?;
        let rows = &mut self.rows;
        for (embedding, label) in batch.labelled()? {
            if rows.width != 0 && rows.width != embedding.len() {
                let (before, now) = (rows.width, embedding.len());
                return Err(Error::Component(format!("earlier embeddings had {before} numbers, these have {now}")));
            }
            rows.width = embedding.len();
            rows.all.extend(embedding);
            rows.labels.push(label);
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.rows.all.iter().any(|number| number.is_nan()) { f64::NAN } else { (self.value)(&self.rows) }
    }
}

/// Whether two labels are one.
fn same(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

impl Embedded {
    /// The squared distances of a row to all rows.
    fn squares(&self, row: usize) -> impl Iterator<Item = f64> {
        let width = self.width.max(1);
        let own = self.all.chunks_exact(width).nth(row).unwrap_or_default();
        let to = move |other: &[f64]| own.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        self.all.chunks_exact(width).map(to)
    }

    /// The labels of the other rows, the nearest first; of equally near ones the earlier.
    fn nearest(&self, row: usize) -> impl Iterator<Item = f64> {
        let mut others: Vec<(f64, f64)> = self.squares(row).zip(self.labels.iter().copied()).collect();
        if row < others.len() {
            others.remove(row);
        }
        others.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        others.into_iter().map(|(_, label)| label)
    }

    /// The mean over rows that share their label with others, of what is said of its label, those of the others in order, and
    /// how many of them have it; NaN where there is no such row.
    fn mean_of_queries(&self, of_query: impl Fn(f64, &[f64], usize) -> f64) -> f64 {
        let (mut sum, mut queries) = (0.0, 0);
        for (row, own) in self.labels.iter().enumerate() {
            let others = self.labels.iter().filter(|label| same(**label, *own)).count() - 1;
            if others > 0 {
                let nearest: Vec<f64> = self.nearest(row).collect();
                sum += of_query(*own, &nearest, others);
                queries += 1;
            }
        }
        sum / count(queries)
    }

    fn silhouette(&self) -> f64 {
        let mut labels = self.labels.clone();
        labels.sort_by(f64::total_cmp);
        labels.dedup_by(|a, b| same(*a, *b));
        if labels.len() < 2 || labels.len() == self.labels.len() {
            return f64::NAN;
        }
        let place = |label: &f64| labels.binary_search_by(|known| known.total_cmp(label)).unwrap_or(0);
        let places: Vec<usize> = self.labels.iter().map(place).collect();
        let mut sizes = vec![0usize; labels.len()];
        for place in &places {
            if let Some(size) = sizes.get_mut(*place) {
                *size += 1;
            }
        }
        let mut total = 0.0;
        for (row, own) in places.iter().enumerate() {
            let mut sums = vec![0.0; labels.len()];
            for (square, place) in self.squares(row).zip(&places) {
                if let Some(sum) = sums.get_mut(*place) {
                    *sum += square.sqrt();
                }
            }
            let (mut inside, mut outside) = (None, f64::INFINITY);
            for (place, (sum, size)) in sums.iter().zip(&sizes).enumerate() {
                if place != *own {
                    outside = outside.min(sum / count(*size));
                } else if *size > 1 {
                    inside = Some(sum / count(size - 1));
                }
            }
            // Where all rows of two labels lie at one place, 0 / 0 counts as 0, as there.
            let widest = inside.map_or(0.0, |inside| outside.max(inside));
            total += inside.filter(|_| widest > 0.0).map_or(0.0, |inside| (outside - inside) / widest);
        }
        total / count(self.labels.len())
    }
}
