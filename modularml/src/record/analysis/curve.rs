//! Curves over thresholds, thinned to what an eye can tell apart, and whether probabilities are what they say.

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{count, finite};
use crate::Result;
use crate::experiment::metric::{CalibrationError, Measure as _, PrecisionRecallCurve, RocCurve};

/// How many bins a calibration curve has.
const BINS: usize = 10;
/// How many points all curves of a node have together, and each of them at least and at most.
const ALL_POINTS: usize = 4000;
const POINTS: (usize, usize) = (40, 200);

/// A curve of one class against all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Curve {
    /// The position of the class.
    pub class: usize,
    /// The area under all of the curve, or the average precision; none where no row, or each row, is of the class.
    pub area: Option<f64>,
    /// Points `[x, y]` along it, between 0 and 1: of ROC false and true positive rate, of the other recall and precision.
    pub points: Vec<[f64; 2]>,
}

/// How often rows are right for which the graph was so sure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Calibration {
    /// The expected calibration error over these bins, as the metric `CalibrationError` measures it.
    pub error: Option<f64>,
    /// Bins of equal width from 0 to 1 by the probability of the predicted class; one on an edge belongs to the bin below.
    pub bins: Vec<CalibrationBin>,
}

/// A bin of a calibration curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CalibrationBin {
    /// How many rows are in it.
    pub rows: usize,
    /// The mean probability of the predicted class; 0 without rows.
    pub confidence: f64,
    /// The share of rows whose predicted class is right; 0 without rows.
    pub right: f64,
}

/// The ROC and the precision-recall curve of a class, from its score in each row, one of so many classes.
pub(super) fn curves(class: usize, scores: Vec<f64>, is_class: &[u32], classes: usize) -> Result<(Curve, Curve)> {
    let rows = scores.len();
    let scores = Tensor::from_vec(scores, rows, &Device::Cpu)?;
    let target = Tensor::from_slice(is_class, rows, &Device::Cpu)?;
    let both = [0, 1].iter().all(|kind| is_class.contains(kind));
    let roc = RocCurve::of(&scores, &target)?;
    let recall = PrecisionRecallCurve::of(&scores, &target)?;
    let most = ALL_POINTS.checked_div(classes).unwrap_or_default().clamp(POINTS.0, POINTS.1);
    let area = |value: f64| finite(value).filter(|_| both);
    let curve = |area, xs: &[f64], ys: &[f64]| Curve { class, area, points: thinned(xs, ys, most) };
    Ok((
        curve(area(roc.area()), &roc.false_positive_rate, &roc.true_positive_rate),
        curve(area(recall.average_precision()), &recall.recall, &recall.precision),
    ))
}

/// At most so many points of a curve from one corner of the unit square to another: all are closer to what is drawn than
/// 4 / `most` along both axes together.
pub(super) fn thinned(xs: &[f64], ys: &[f64], most: usize) -> Vec<[f64; 2]> {
    let points: Vec<[f64; 2]> =
        xs.iter().zip(ys).map(|(x, y)| [*x, *y]).filter(|[x, y]| x.is_finite() && y.is_finite()).collect();
    let way = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).abs() + (a[1] - b[1]).abs();
    let whole: f64 = points.windows(2).map(|pair| if let [a, b] = pair { way(a, b) } else { 0.0 }).sum();
    let step = whole / count(most.saturating_sub(2).max(1));
    let mut kept: Vec<[f64; 2]> = Vec::new();
    let mut since = 0.0;
    for (place, point) in points.iter().enumerate() {
        since += place.checked_sub(1).and_then(|before| points.get(before)).map_or(0.0, |before| way(before, point));
        let ends = place == 0 || place + 1 == points.len();
        if ends || since >= step {
            kept.push(point.map(rounded));
            since = 0.0;
        }
    }
    kept
}

/// A share with five digits, which is less than a picture shows.
fn rounded(share: f64) -> f64 {
    (share * 1e5).round() / 1e5
}

/// Of each row the probability of the predicted class, and whether that is right.
pub(super) fn calibration(sure: &[(f64, bool)], probabilities: &Tensor, targets: &Tensor) -> Result<Calibration> {
    let mut metric = CalibrationError::new().bins(BINS).start();
    metric.add(&[probabilities.clone(), targets.clone()])?;
    let mut bins = vec![CalibrationBin::default(); BINS];
    for &(confidence, is_right) in sure {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position among few bins")]
        let place = (confidence * count(BINS)).ceil().clamp(1.0, count(BINS)) as usize - 1;
        if let Some(bin) = bins.get_mut(place) {
            bin.rows += 1;
            bin.confidence += confidence;
            bin.right += f64::from(u8::from(is_right));
        }
    }
    for bin in bins.iter_mut().filter(|bin| bin.rows > 0) {
        bin.confidence /= count(bin.rows);
        bin.right /= count(bin.rows);
    }
    Ok(Calibration { error: finite(metric.value()), bins })
}
