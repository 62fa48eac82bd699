//! Thresholds that are chosen: from which score on a metric is best on some rows.

#[cfg(test)]
mod tests;

use candle_core::{Device, Tensor};

use super::metric::{Precision, Recall};
use crate::Result;
use crate::graph::kernel::device::f64s;
use crate::plan::ending::Kind;
use crate::spec::{MetricSpec, Value};
use crate::text::Name;

/// A threshold that was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chosen {
    pub(super) name: Name,
    /// The node that it is of.
    pub(super) node: usize,
    /// The least score that is a yes, as the node gives it; NaN where none could be chosen.
    pub(super) score: f64,
    /// What is reported of it: the probability that it stands for.
    pub(super) reported: f64,
}

impl Chosen {
    /// The threshold of a node that gives numbers of some kind at which a metric, which takes decisions for scores, is best.
    pub(super) fn best(
        (name, node, kind): (Name, usize, Kind),
        metric: &MetricSpec,
        rows: Vec<Scored>,
    ) -> Result<Self> {
        let score = best(metric, rows)?;
        Ok(Self { name, node, score, reported: reported(kind, score) })
    }

    /// Yes or no of a score; none where that is NaN, or no threshold could be chosen.
    pub(super) fn decides(&self, score: f64) -> Option<bool> {
        (!score.is_nan() && !self.score.is_nan()).then_some(score >= self.score)
    }

    /// Scores as decisions, 1, 0 and NaN, in the same shape.
    pub(super) fn decisions(&self, scores: &Tensor) -> Result<Tensor> {
        let decision = |score: &f64| self.decides(*score).map_or(f64::NAN, |yes| f64::from(u8::from(yes)));
        let decisions: Vec<f64> = f64s(scores)?.iter().map(decision).collect();
        Ok(Tensor::from_vec(decisions, scores.shape().clone(), &Device::Cpu)?)
    }
}

/// What is reported of a threshold: the probability that stands for its score.
fn reported(kind: Kind, score: f64) -> f64 {
    match kind {
        Kind::Scores(_) => probability(score),
        Kind::LogProbabilities => score.exp(),
        Kind::Probabilities(_) | Kind::OfClasses | Kind::Unknown | Kind::AsRead => score,
    }
}

/// The logistic function, rounded so that a metric that takes it for its threshold decides as the logit does.
fn probability(logit: f64) -> f64 {
    let mut probability = 1.0 / (1.0 + (-logit).exp());
    // Rounding moves it by a few bits at most.
    for _ in 0..64 {
        let is_above = (probability / (1.0 - probability)).ln() > logit;
        if !is_above {
            break;
        }
        probability = probability.next_down();
    }
    probability
}

/// A row on which a threshold is chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored {
    pub(super) score: f64,
    pub(super) is_yes: bool,
    pub(super) weight: f64,
}

/// The least of the scores from which on a metric is best; NaN where a score is, where rows of one kind weigh nothing, and
/// where no score reaches what is asked for.
fn best(metric: &MetricSpec, mut rows: Vec<Scored>) -> Result<f64> {
    let weight_of = |yes| rows.iter().filter(|row| row.is_yes == yes).map(|row| row.weight).sum::<f64>();
    let is_defined = weight_of(true) > 0.0 && weight_of(false) > 0.0;
    if !is_defined || rows.iter().any(|row| row.score.is_nan()) {
        return Ok(f64::NAN);
    }
    rows.sort_by(|a, b| a.score.total_cmp(&b.score));
    let criterion = Criterion::of(metric);
    let mut found: Option<([f64; 2], f64)> = None;
    for (score, counts) in candidates(&rows) {
        let Some(value) = criterion.value(counts)? else { continue };
        if found.is_none_or(|(best, _)| value > best) {
            found = Some((value, score));
        }
    }
    Ok(found.map_or(f64::NAN, |(_, score)| score))
}

/// What becomes of rows at a threshold: of those that are no and of those that are yes, how much is decided no and yes.
#[derive(Clone, Copy, Debug, Default)]
struct Decided {
    no: [f64; 2],
    yes: [f64; 2],
}

/// Every score that occurs, from the least on, and what becomes of the rows where it is the threshold.
fn candidates(rows: &[Scored]) -> Vec<(f64, Decided)> {
    // Sums from both ends, as the differences of large sums would not be exact.
    let mut candidates: Vec<(f64, Decided)> = Vec::new();
    let mut below = [0.0; 2];
    for row in rows {
        if candidates.last().is_none_or(|(score, _)| *score < row.score) {
            let [no, yes] = below;
            candidates.push((row.score, Decided { no: [no, 0.0], yes: [yes, 0.0] }));
        }
        let [no, yes] = &mut below;
        *(if row.is_yes { yes } else { no }) += row.weight;
    }
    let (mut above, mut rest) = ([0.0; 2], rows);
    for (score, decided) in candidates.iter_mut().rev() {
        while let Some((row, before)) = rest.split_last().filter(|(row, _)| row.score >= *score) {
            let [no, yes] = &mut above;
            *(if row.is_yes { yes } else { no }) += row.weight;
            rest = before;
        }
        let [no, yes] = above;
        ([_, decided.no[1]], [_, decided.yes[1]]) = ([0.0, no], [0.0, yes]);
    }
    candidates
}

/// By which number thresholds are compared.
struct Criterion {
    metric: MetricSpec,
    /// What the metric must reach, and the one that is best where it does.
    least: Option<(f64, MetricSpec)>,
}

impl Criterion {
    fn of(metric: &MetricSpec) -> Self {
        let settings = metric.settings;
        let other = if metric.name == "Recall" {
            Precision::from_settings(&settings).spec()
        } else {
            Recall::from_settings(&settings).spec()
        };
        let least = match (metric.name, settings.get("at_least")) {
            ("Recall" | "Precision", Value::Float(least)) => Some((least, other)),
            _ => None,
        };
        Self { metric: *metric, least }
    }

    /// The numbers that are to be large, the first one first; none where a threshold is none.
    fn value(&self, decided: Decided) -> Result<Option<[f64; 2]>> {
        let value = measured_at(&self.metric, decided)?;
        let values = match &self.least {
            None if self.metric.higher_is_better => [value, 0.0],
            None => [-value, 0.0],
            Some((least, other)) if value >= *least => [measured_at(other, decided)?, value],
            Some(_) => return Ok(None),
        };
        Ok((!values.iter().any(|value| value.is_nan())).then_some(values))
    }
}

/// What a metric that decides from 0.5 on says of rows.
fn measured_at(metric: &MetricSpec, decided: Decided) -> Result<f64> {
    let all = [(0.0, decided.no), (1.0, decided.yes)];
    let cells = all.into_iter().flat_map(|(target, [no, yes])| [(0.0, target, no), (1.0, target, yes)]);
    let cells: Vec<(f64, f64, f64)> = cells.filter(|(.., weight)| *weight > 0.0).collect();
    let column = |of: fn(&(f64, f64, f64)) -> f64| {
        Tensor::from_vec(cells.iter().map(of).collect::<Vec<f64>>(), cells.len(), &Device::Cpu)
    };
    let (predicted, targets, weights) = (column(|cell| cell.0)?, column(|cell| cell.1)?, column(|cell| cell.2)?);
    let mut measurement = metric.start()?;
    measurement.add_weighted(&[predicted, targets], &weights)?;
    Ok(measurement.value())
}
