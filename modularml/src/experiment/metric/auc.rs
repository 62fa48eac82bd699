//! How well scores rank rows, over all thresholds.

use std::borrow::Cow;

use super::batch::{Accumulate, Batch, Running, count};
use super::curves::{PrecisionRecallCurve, RocCurve, Scored};
use super::per_class::Average;
use super::probability::{SCORES, softmax};
use super::{Measure, Measurement, Memory};
use crate::spec::Agreement;
use crate::text::choices;
use crate::{Error, Result};

/// Which rows a class is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// All others.
    #[default]
    OneVsRest,
    /// Those of each other class in turn (Hand and Till, 2001).
    OneVsOne,
}

choices!(Comparison: OneVsRest, OneVsOne);

/// The area under the receiver operating characteristic: the probability that a row of a class scores higher for it
/// than another row, ties counted half.
///
/// A prediction is one score a class, or for two classes the score of class 1 alone. Scores of several classes are
/// compared across rows as probabilities: where those of some row do not add up to 1, they are taken for logits, of
/// which softmax makes probabilities. It needs all rows; where a class has no rows, or all, it is not defined.
///
/// ```
/// use modularml::experiment::metric::{Comparison, RocAuc};
///
/// let metric = RocAuc::new().comparison(Comparison::OneVsOne);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &SCORES, agreement = Agreement::OnePerClass, higher_is_better = true, memory = Memory::AllRows)]
pub struct RocAuc {
    /// Which rows a class is compared with, where there are several scores.
    #[setting(default = Comparison::OneVsRest)]
    comparison: Comparison,
    /// The mean over classes or pairs, each counted once (`Macro`) or by its rows (`Weighted`); `Micro` takes all
    /// scores as those of one two-sided question.
    #[setting(default = Average::Macro)]
    average: Average,
    /// Only false positive rates up to this one count, brought to 0.5 for chance and 1 for the best (`McClish`, 1989). Of
    /// several classes it is the mean over those of each, where scikit-learn has none.
    #[setting(default = None, above = 0.0, at_most = 1.0)]
    max_fpr: Option<f64>,
}

impl Measure for RocAuc {
    fn start(&self) -> Box<dyn Measurement> {
        measure(*self)
    }
}

/// Average precision: the precision at each threshold, counted by the recall that is won there, as scikit-learn's
/// `average_precision_score`. With one score a class, averaged over classes.
///
/// A prediction is one score a class, or for two classes the score of class 1 alone; logits of several classes become
/// probabilities as for [`RocAuc`]. It needs all rows.
///
/// ```
/// use modularml::experiment::metric::AveragePrecision;
///
/// let metric = AveragePrecision::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &SCORES, agreement = Agreement::OnePerClass, higher_is_better = true, memory = Memory::AllRows)]
pub struct AveragePrecision {
    /// The mean over classes, each counted once (`Macro`) or by its rows (`Weighted`); `Micro` takes all scores as
    /// those of one two-sided question.
    #[setting(default = Average::Macro)]
    average: Average,
}

impl Measure for AveragePrecision {
    fn start(&self) -> Box<dyn Measurement> {
        measure(*self)
    }
}

/// A value of scored rows.
trait Ranking: Send + 'static {
    /// Of one two-sided question.
    fn of(&self, rows: &[Scored]) -> f64;
    fn average(&self) -> Average;
    fn comparison(&self) -> Comparison;
}

impl Ranking for RocAuc {
    fn of(&self, rows: &[Scored]) -> f64 {
        let curve = RocCurve::from_rows(rows);
        match self.max_fpr {
            Some(most) if most < 1.0 => curve.partial_area(most),
            _ => curve.area(),
        }
    }

    fn average(&self) -> Average {
        self.average
    }

    fn comparison(&self) -> Comparison {
        self.comparison
    }
}

impl Ranking for AveragePrecision {
    fn of(&self, rows: &[Scored]) -> f64 {
        PrecisionRecallCurve::from_rows(rows).average_precision()
    }

    fn average(&self) -> Average {
        self.average
    }

    fn comparison(&self) -> Comparison {
        Comparison::OneVsRest
    }
}

/// The scores of all rows so far.
struct Ranked<M> {
    metric: M,
    width: usize,
    scores: Vec<f64>,
    classes: Vec<usize>,
    weights: Vec<f64>,
}

fn measure(metric: impl Ranking) -> Box<dyn Measurement> {
    Box::new(Running(Ranked { metric, width: 0, scores: Vec::new(), classes: Vec::new(), weights: Vec::new() }))
}

impl<M: Ranking> Ranked<M> {
    /// The scores as they can be compared across rows: a row of logits may be larger than another as a whole.
    fn comparable(&self) -> Cow<'_, [f64]> {
        let rows = || self.scores.chunks_exact(self.width);
        let is_distribution = |row: &[f64]| {
            let in_bounds = row.iter().all(|score| (-1e-6..=1.0 + 1e-6).contains(score));
            in_bounds && (row.iter().sum::<f64>() - 1.0).abs() < 1e-3
        };
        if self.width == 1 || rows().all(is_distribution) {
            return Cow::Borrowed(&self.scores);
        }
        rows().flat_map(softmax).collect::<Vec<_>>().into()
    }

    /// The rows that `chosen` picks by their class, as a question for class `positive`.
    fn question(&self, scores: &[f64], positive: usize, chosen: impl Fn(usize) -> bool) -> Vec<Scored> {
        let column = if self.width == 1 { 0 } else { positive };
        let rows = scores.chunks_exact(self.width).zip(&self.classes).zip(&self.weights);
        let asked = |((scores, class), weight): ((&[f64], &usize), &f64)| {
            let score = scores.get(column).copied().filter(|_| chosen(*class))?;
            Some(Scored { score, is_positive: *class == positive, weight: *weight })
        };
        rows.filter_map(asked).collect()
    }

    fn rows_of(&self, chosen: impl Fn(usize) -> bool) -> f64 {
        self.classes.iter().zip(&self.weights).filter(|(class, _)| chosen(**class)).map(|(_, weight)| weight).sum()
    }

    fn mean(&self, values: &[(f64, f64)]) -> f64 {
        match self.metric.average() {
            Average::Weighted => {
                let all: f64 = values.iter().map(|(_, rows)| rows).sum();
                values.iter().filter(|(_, rows)| *rows > 0.0).map(|(value, rows)| value * rows / all).sum()
            }
            _ => values.iter().map(|(value, _)| value).sum::<f64>() / count(values.len()),
        }
    }
}

impl<M: Ranking> Accumulate for Ranked<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        let (scores, classes) = (batch.scores()?, batch.classes()?);
        if batch.rows == 0 {
            return Ok(());
        }
        if self.width != 0 && self.width != batch.width() {
            let (before, now) = (self.width, batch.width());
            return Err(Error::Component(format!("earlier rows had {before} scores, these have {now}")));
        }
        let known = batch.width().max(2);
        if let Some(class) = classes.iter().find(|class| **class >= known) {
            return Err(Error::Component(format!(
                "a row is of class {class}, but there are scores of {known} classes"
            )));
        }
        self.width = batch.width();
        self.scores.extend(scores.flatten());
        self.classes.extend(classes);
        self.weights.extend(batch.weights());
        Ok(())
    }

    fn value(&self) -> f64 {
        if self.width == 0 || self.scores.iter().any(|score| score.is_nan()) {
            return f64::NAN;
        }
        let scores = &*self.comparable();
        if self.width <= 2 {
            return self.metric.of(&self.question(scores, 1, |_| true));
        }
        let classes = 0..self.width;
        if self.metric.average() == Average::Micro {
            let all: Vec<Scored> = classes.flat_map(|class| self.question(scores, class, |_| true)).collect();
            return self.metric.of(&all);
        }
        let values: Vec<(f64, f64)> = match self.metric.comparison() {
            Comparison::OneVsRest => classes
                .map(|class| {
                    (self.metric.of(&self.question(scores, class, |_| true)), self.rows_of(|row| row == class))
                })
                .collect(),
            Comparison::OneVsOne => classes
                .clone()
                .flat_map(|a| classes.clone().skip(a + 1).map(move |b| (a, b)))
                .map(|(a, b)| {
                    let either = |row| row == a || row == b;
                    let sides = [a, b].map(|positive| self.metric.of(&self.question(scores, positive, either)));
                    (f64::midpoint(sides[0], sides[1]), self.rows_of(either))
                })
                .collect(),
        };
        self.mean(&values)
    }
}
