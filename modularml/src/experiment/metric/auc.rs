//! How well scores rank rows, over all thresholds.

use super::batch::{Batch, count};
use super::curves::{PrecisionRecallCurve, RocCurve, Scored};
use super::per_class::Average;
use super::probability::SCORES;
use super::running::{Accumulate, Running};
use super::scores::Scores;
use super::{Measure, Measurement, Memory};
use crate::Result;
use crate::spec::Agreement;
use crate::text::choices;

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
#[spec(
    inputs = &SCORES,
    agreement = Agreement::OnePerClass,
    of_labels = true,
    weighs_rows = true,
    higher_is_better = true,
    memory = Memory::AllRows
)]
pub struct RocAuc {
    /// Which rows a class is compared with, where there are several scores.
    #[setting(default = Comparison::OneVsRest)]
    comparison: Comparison,
    /// The mean over classes, pairs or labels, each counted once (`Macro`) or by its rows (`Weighted`); `Micro` takes all
    /// scores as those of one two-sided question, `Samples` is the mean over rows with several labels.
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
#[spec(
    inputs = &SCORES,
    agreement = Agreement::OnePerClass,
    of_labels = true,
    weighs_rows = true,
    higher_is_better = true,
    memory = Memory::AllRows
)]
pub struct AveragePrecision {
    /// The mean over classes or labels, each counted once (`Macro`) or by its rows (`Weighted`); `Micro` takes all scores
    /// as those of one two-sided question, `Samples` is the mean over rows with several labels.
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
    rows: Scores,
}

fn measure(metric: impl Ranking) -> Box<dyn Measurement> {
    Box::new(Running(Ranked { metric, rows: Scores::default() }))
}

impl<M: Ranking> Ranked<M> {
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

impl<M: Ranking> Ranked<M> {
    /// The value where rows may have several labels.
    fn of_labels(&self) -> f64 {
        let labels = (0..self.rows.width()).map(|label| self.rows.of_label(label));
        let has = |rows: &[Scored]| rows.iter().filter(|row| row.is_positive).map(|row| row.weight).sum::<f64>();
        match self.metric.average() {
            Average::Micro => self.metric.of(&labels.flatten().collect::<Vec<_>>()),
            Average::Samples => {
                let rows = self.rows.of_rows().filter(|(_, weight)| *weight > 0.0);
                let (sum, all) = rows.fold((0.0, 0.0), |(sum, all), (labels, weight)| {
                    (sum + weight * self.metric.of(&labels), all + weight)
                });
                sum / all
            }
            Average::Macro | Average::Weighted => {
                self.mean(&labels.map(|rows| (self.metric.of(&rows), has(&rows))).collect::<Vec<_>>())
            }
        }
    }
}

impl<M: Ranking> Accumulate for Ranked<M> {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        self.rows.take(batch)
    }

    fn value(&self) -> f64 {
        let rows = &self.rows;
        if rows.are_undefined() {
            return f64::NAN;
        }
        if rows.have_labels() {
            return self.of_labels();
        }
        let scores = &*rows.comparable();
        if rows.width() <= 2 {
            return self.metric.of(&rows.question(scores, 1, |_| true));
        }
        let classes = 0..rows.width();
        if self.metric.average() == Average::Micro {
            let all: Vec<Scored> = classes.flat_map(|class| rows.question(scores, class, |_| true)).collect();
            return self.metric.of(&all);
        }
        let values: Vec<(f64, f64)> = match self.metric.comparison() {
            Comparison::OneVsRest => classes
                .map(|class| {
                    (self.metric.of(&rows.question(scores, class, |_| true)), rows.rows_of(|row| row == class))
                })
                .collect(),
            Comparison::OneVsOne => classes
                .clone()
                .flat_map(|a| classes.clone().skip(a + 1).map(move |b| (a, b)))
                .map(|(a, b)| {
                    let either = |row| row == a || row == b;
                    let sides = [a, b].map(|positive| self.metric.of(&rows.question(scores, positive, either)));
                    (f64::midpoint(sides[0], sides[1]), rows.rows_of(either))
                })
                .collect(),
        };
        self.mean(&values)
    }
}
