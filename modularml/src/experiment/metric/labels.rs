//! Rows with several labels: how often each is right, and how often all are.

use super::batch::{Batch, decided};
use crate::Result;

/// Rows of one class or label: right and predicted, predicted in all, of it in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub hits: f64,
    pub predicted: f64,
    pub rows: f64,
}

impl Counts {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        let Self { hits, predicted, rows } = other;
        Self { hits: self.hits + hits, predicted: self.predicted + predicted, rows: self.rows + rows }
    }

    /// Takes in whether a row has a label, and whether it is predicted to have it.
    fn add(&mut self, has: bool, predicted: bool, weight: f64) {
        let where_it = |is: bool| if is { weight } else { 0.0 };
        self.hits += where_it(has && predicted);
        self.predicted += where_it(predicted);
        self.rows += where_it(has);
    }
}

/// What becomes of the labels of rows; rows may have weights.
#[derive(Debug, Default)]
pub(super) struct LabelCounts {
    /// By label.
    pub labels: Vec<Counts>,
    /// How many rows there are.
    pub total: f64,
    /// How many rows have all their labels predicted, and no others.
    pub whole: f64,
    /// The sum over rows of what a metric says of the labels of each.
    pub by_row: f64,
    /// Whether a score is NaN.
    pub is_undefined: bool,
}

impl LabelCounts {
    /// Takes in a batch; `of_row` is what a metric says of the labels of one row.
    pub fn add(&mut self, batch: &Batch, threshold: Option<f64>, of_row: impl Fn(Counts) -> f64) -> Result<()> {
        for (scores, labels, weight) in batch.compared()? {
            let (mut row, mut is_whole) = (Counts::default(), true);
            self.labels.resize(scores.len(), Counts::default());
            for ((score, label), counts) in scores.iter().zip(labels).zip(&mut self.labels) {
                let Some(predicted) = decided(*score, threshold)? else {
                    self.is_undefined = true;
                    continue;
                };
                let (has, predicted) = (*label > 0.0, predicted > 0);
                counts.add(has, predicted, weight);
                row.add(has, predicted, 1.0);
                is_whole &= has == predicted;
            }
            self.total += weight;
            self.whole += if is_whole { weight } else { 0.0 };
            self.by_row += weight * of_row(row);
        }
        Ok(())
    }

    /// How many labels of rows are predicted wrong.
    pub fn wrong(&self) -> f64 {
        self.labels.iter().map(|label| label.predicted + label.rows - 2.0 * label.hits).sum()
    }
}
