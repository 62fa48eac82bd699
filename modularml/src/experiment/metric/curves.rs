//! What happens at every threshold of a score.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::confusion::divide;
use crate::experiment::exact;
use crate::{Error, Result};

/// A scored row of a two-sided question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored {
    pub score: f64,
    pub is_positive: bool,
    pub weight: f64,
}

/// How many positive and negative rows score at least a threshold.
struct Passed {
    threshold: f64,
    positive: f64,
    negative: f64,
}

/// The counts at every score that occurs, from the highest down.
fn passed(rows: &[Scored]) -> Vec<Passed> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut all: Vec<Passed> = Vec::new();
    let (mut positive, mut negative) = (0.0, 0.0);
    for row in rows {
        *(if row.is_positive { &mut positive } else { &mut negative }) += row.weight;
        match all.last_mut() {
            Some(last) if last.threshold <= row.score => (last.positive, last.negative) = (positive, negative),
            _ => all.push(Passed { threshold: row.score, positive, negative }),
        }
    }
    all
}

/// The rows of one score against class 1 among classes 0 and 1.
fn read(scores: &Tensor, target: &Tensor) -> Result<Vec<Scored>> {
    let batch = Batch::read(&[scores.clone(), target.clone()], None)?;
    if batch.width() != 1 {
        return Err(Error::Component(format!("a curve is of one score a row, found {}", batch.width())));
    }
    let rows: Vec<Scored> = batch
        .scores()?
        .flatten()
        .zip(batch.classes()?)
        .map(|(&score, class)| Scored { score, is_positive: class == 1, weight: 1.0 })
        .collect();
    match rows.iter().position(|row| row.score.is_nan()) {
        Some(row) => Err(Error::Component(format!("the score of row {row} is not a number"))),
        None => Ok(rows),
    }
}

/// The receiver operating characteristic: the shares of negative and positive rows that score at least a threshold, at
/// every score that occurs, from the highest down. It starts at (0, 0) with threshold infinity.
///
/// ```
/// use modularml::Tensor;
/// use modularml::experiment::metric::RocCurve;
///
/// let scores = Tensor::new(&[0.9f64, 0.6, 0.3], &candle_core::Device::Cpu)?;
/// let classes = Tensor::new(&[1u32, 0, 1], &candle_core::Device::Cpu)?;
/// let curve = RocCurve::of(&scores, &classes)?;
/// assert_eq!(curve.true_positive_rate, [0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.area(), 0.5);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// The share of the negative rows that score at least the threshold.
    #[serde(with = "exact")]
    pub false_positive_rate: Vec<f64>,
    /// The share of the positive rows that score at least the threshold.
    #[serde(with = "exact")]
    pub true_positive_rate: Vec<f64>,
    /// The thresholds.
    #[serde(with = "exact")]
    pub thresholds: Vec<f64>,
}

impl RocCurve {
    /// The curve of scores `[rows]` for being of class 1, against classes 0 and 1.
    ///
    /// # Errors
    /// When the rows differ in number or a score is NaN.
    pub fn of(scores: &Tensor, target: &Tensor) -> Result<Self> {
        Ok(Self::from_rows(&read(scores, target)?))
    }

    /// Rates are NaN where there is no positive or no negative row.
    pub(super) fn from_rows(rows: &[Scored]) -> Self {
        let passed = passed(rows);
        let (positive, negative) = passed.last().map_or((0.0, 0.0), |last| (last.positive, last.negative));
        let start = |all: f64| if all > 0.0 { 0.0 } else { f64::NAN };
        let mut curve = Self {
            false_positive_rate: vec![start(negative)],
            true_positive_rate: vec![start(positive)],
            thresholds: vec![f64::INFINITY],
        };
        for point in passed {
            curve.false_positive_rate.push(point.negative / negative);
            curve.true_positive_rate.push(point.positive / positive);
            curve.thresholds.push(point.threshold);
        }
        curve
    }

    /// The area under the curve up to a false positive rate, brought to 0.5 for chance and 1 for the best (`McClish`, 1989), as
    /// scikit-learn's `roc_auc_score` with `max_fpr`; NaN where there is no positive or no negative row.
    #[must_use]
    pub fn partial_area(&self, most: f64) -> f64 {
        let points: Vec<(f64, f64)> =
            self.false_positive_rate.iter().copied().zip(self.true_positive_rate.iter().copied()).collect();
        let mut area = 0.0;
        for pair in points.windows(2) {
            let &[(x0, y0), (x1, y1)] = pair else { continue };
            if x0.is_nan() || y0.is_nan() {
                return f64::NAN;
            }
            let end = x1.min(most);
            if x0 < end {
                let y = y0 + (y1 - y0) * (end - x0) / (x1 - x0);
                area += (end - x0) * f64::midpoint(y0, y);
            }
        }
        let (least, largest) = (0.5 * most * most, most);
        0.5 * (1.0 + (area - least) / (largest - least))
    }

    /// The area under the curve, by trapezoids; NaN where there is no positive or no negative row.
    #[must_use]
    pub fn area(&self) -> f64 {
        let points: Vec<_> = self.false_positive_rate.iter().zip(&self.true_positive_rate).collect();
        let slice = |pair: &[(&f64, &f64)]| match pair {
            [(left, low), (right, high)] => (*right - *left) * f64::midpoint(**low, **high),
            _ => 0.0,
        };
        if points.len() < 2 { f64::NAN } else { points.windows(2).map(slice).sum() }
    }
}

/// Precision and recall of the rows that score at least a threshold, at every score that occurs, from the lowest up. A
/// last point without threshold has precision 1 and recall 0, as scikit-learn's `precision_recall_curve`.
///
/// ```
/// use modularml::Tensor;
/// use modularml::experiment::metric::PrecisionRecallCurve;
///
/// let scores = Tensor::new(&[0.9f64, 0.6, 0.3], &candle_core::Device::Cpu)?;
/// let classes = Tensor::new(&[1u32, 0, 1], &candle_core::Device::Cpu)?;
/// let curve = PrecisionRecallCurve::of(&scores, &classes)?;
/// assert_eq!(curve.recall, [1.0, 0.5, 0.5, 0.0]);
/// assert_eq!(curve.precision, [2.0 / 3.0, 0.5, 1.0, 1.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallCurve {
    /// The share of positive rows among those that score at least the threshold.
    #[serde(with = "exact")]
    pub precision: Vec<f64>,
    /// The share of the positive rows that score at least the threshold; 1 where there are none.
    #[serde(with = "exact")]
    pub recall: Vec<f64>,
    /// The thresholds, one fewer than points.
    #[serde(with = "exact")]
    pub thresholds: Vec<f64>,
}

impl PrecisionRecallCurve {
    /// The curve of scores `[rows]` for being of class 1, against classes 0 and 1.
    ///
    /// # Errors
    /// When the rows differ in number or a score is NaN.
    pub fn of(scores: &Tensor, target: &Tensor) -> Result<Self> {
        Ok(Self::from_rows(&read(scores, target)?))
    }

    pub(super) fn from_rows(rows: &[Scored]) -> Self {
        let passed = passed(rows);
        let positive = passed.last().map_or(0.0, |last| last.positive);
        let recall = |point: &Passed| if positive > 0.0 { point.positive / positive } else { 1.0 };
        let upwards = || passed.iter().rev();
        Self {
            precision: upwards()
                .map(|point| divide(point.positive, point.positive + point.negative))
                .chain([1.0])
                .collect(),
            recall: upwards().map(recall).chain([0.0]).collect(),
            thresholds: upwards().map(|point| point.threshold).collect(),
        }
    }

    /// The sum of the precisions, each times the recall that is won at its threshold.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let won = self.recall.windows(2).map(|pair| match pair {
            [now, next] => now - next,
            _ => 0.0,
        });
        if self.thresholds.is_empty() {
            return f64::NAN;
        }
        won.zip(&self.precision).map(|(won, precision)| won * precision).sum()
    }
}
