//! How well the scores of a row rank its labels.

use super::batch::{Batch, count, is_undefined};
use super::running::{Accumulate, Running};
use super::{Measure, Measurement, confusion};
use crate::spec::Agreement;
use crate::{Error, Result};

/// Average precision of the ranking of labels (Tsoumakas et al., 2010), as scikit-learn's
/// `label_ranking_average_precision_score`: the mean over rows of the mean over the labels that a row has, of the share of
/// labels that it has among those that score at least as high. A row that has no label, or all, counts as 1.
///
/// The target is an array of bools, and the prediction a score for each.
///
/// ```
/// use modularml::experiment::metric::LabelRankingAveragePrecision;
///
/// let metric = LabelRankingAveragePrecision;
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, of_labels = true, higher_is_better = true, weighs_rows = true)]
pub struct LabelRankingAveragePrecision;

impl Measure for LabelRankingAveragePrecision {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Running(Mean::default()))
    }
}

#[derive(Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

/// The value of one row.
fn of_row(scores: &[f64], labels: &[f64]) -> f64 {
    if is_undefined(scores) {
        return f64::NAN;
    }
    let has = |label: &f64| *label > 0.0;
    let owned = labels.iter().filter(|label| has(label)).count();
    if owned == 0 || owned == labels.len() {
        return 1.0;
    }
    let rows = || scores.iter().zip(labels);
    let share = |score: f64| {
        let above = rows().filter(|(other, _)| **other >= score);
        let owned = above.clone().filter(|(_, label)| has(label)).count();
        count(owned) / count(above.count())
    };
    rows().filter(|(_, label)| has(label)).map(|(score, _)| share(*score)).sum::<f64>() / count(owned)
}

impl Accumulate for Mean {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        if !batch.has_labels() {
            return Err(Error::Component("labels are [rows, labels], one bool each".to_owned()));
        }
        for (scores, labels, weight) in batch.compared()? {
            self.sum += weight * of_row(scores, labels);
            self.weight += weight;
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
