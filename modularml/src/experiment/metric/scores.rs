//! The scores of all rows, kept until questions about a class are asked of them.

use std::borrow::Cow;

use super::batch::Batch;
use super::curves::Scored;
use super::probability::softmax;
use crate::{Error, Result};

/// The scores of all rows so far.
#[derive(Default)]
pub(super) struct Scores {
    width: usize,
    /// Row after row.
    all: Vec<f64>,
    classes: Vec<usize>,
    /// Where rows may have several labels, whether they have each, row after row.
    labels: Vec<bool>,
    weights: Vec<f64>,
}

impl Scores {
    pub(super) fn take(&mut self, batch: &Batch) -> Result<()> {
        if batch.rows == 0 {
            return Ok(());
        }
        if self.width != 0 && self.width != batch.width() {
            let (before, now) = (self.width, batch.width());
            return Err(Error::Component(format!("earlier rows had {before} scores, these have {now}")));
        }
        self.width = batch.width();
        self.weights.extend(batch.weights());
        if batch.has_labels() {
            for (scores, labels, _) in batch.compared()? {
                self.all.extend(scores);
                self.labels.extend(labels.iter().map(|label| *label > 0.0));
            }
            return Ok(());
        }
        let (scores, classes) = (batch.scores()?, batch.classes()?);
        let known = batch.width().max(2);
        if let Some(class) = classes.iter().find(|class| **class >= known) {
            return Err(Error::Component(format!(
                "a row is of class {class}, but there are scores of {known} classes"
            )));
        }
        self.all.extend(scores.flatten());
        self.classes.extend(classes);
        Ok(())
    }

    /// How many scores a row has; 0 without rows.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Whether nothing can be asked: there is no row, or a score is NaN.
    pub(super) fn are_undefined(&self) -> bool {
        self.width == 0 || self.all.iter().any(|score| score.is_nan())
    }

    /// The scores as they can be compared across rows: a row of logits may be larger than another as a whole.
    pub(super) fn comparable(&self) -> Cow<'_, [f64]> {
        let rows = || self.all.chunks_exact(self.width);
        let is_distribution = |row: &[f64]| {
            let in_bounds = row.iter().all(|score| (-1e-6..=1.0 + 1e-6).contains(score));
            in_bounds && (row.iter().sum::<f64>() - 1.0).abs() < 1e-3
        };
        if self.width == 1 || rows().all(is_distribution) {
            return Cow::Borrowed(&self.all);
        }
        rows().flat_map(softmax).collect::<Vec<_>>().into()
    }

    /// The rows that `chosen` picks by their class, as a question for class `positive`.
    pub(super) fn question(&self, scores: &[f64], positive: usize, chosen: impl Fn(usize) -> bool) -> Vec<Scored> {
        let column = if self.width == 1 { 0 } else { positive };
        let rows = scores.chunks_exact(self.width).zip(&self.classes).zip(&self.weights);
        let asked = |((scores, class), weight): ((&[f64], &usize), &f64)| {
            let score = scores.get(column).copied().filter(|_| chosen(*class))?;
            Some(Scored { score, is_positive: *class == positive, weight: *weight })
        };
        rows.filter_map(asked).collect()
    }

    /// Whether rows may have several labels.
    pub(super) const fn have_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The scores of each row with its labels, and its weight.
    fn labelled(&self) -> impl Iterator<Item = (&[f64], &[bool], f64)> {
        let width = self.width.max(1);
        let rows = self.all.chunks_exact(width).zip(self.labels.chunks_exact(width)).zip(&self.weights);
        rows.map(|((scores, labels), weight)| (scores, labels, *weight))
    }

    /// All rows as a question for one label.
    pub(super) fn of_label(&self, label: usize) -> Vec<Scored> {
        let asked = |(scores, labels, weight): (&[f64], &[bool], f64)| {
            Some(Scored { score: *scores.get(label)?, is_positive: *labels.get(label)?, weight })
        };
        self.labelled().filter_map(asked).collect()
    }

    /// The labels of each row as a question, and the weight of the row.
    pub(super) fn of_rows(&self) -> impl Iterator<Item = (Vec<Scored>, f64)> {
        self.labelled().map(|(scores, labels, weight)| {
            let asked =
                |(score, is_positive): (&f64, &bool)| Scored { score: *score, is_positive: *is_positive, weight: 1.0 };
            (scores.iter().zip(labels).map(asked).collect(), weight)
        })
    }

    /// How many rows are of the classes that `chosen` picks, by their weights.
    pub(super) fn rows_of(&self, chosen: impl Fn(usize) -> bool) -> f64 {
        self.classes.iter().zip(&self.weights).filter(|(class, _)| chosen(**class)).map(|(_, weight)| weight).sum()
    }
}
