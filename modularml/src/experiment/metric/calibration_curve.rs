//! How often what is given a probability happens.

use serde::{Deserialize, Serialize};

use super::batch::count;
use crate::experiment::exact;

/// Rows in equally wide bins of their predicted probability, as scikit-learn's `calibration_curve`: of the bins that have
/// rows, from the lowest up. Predictions that are what they say lie on the diagonal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationCurve {
    /// The mean predicted probability of the rows of each bin.
    #[serde(with = "exact")]
    pub predicted: Vec<f64>,
    /// The share of positive rows among them.
    #[serde(with = "exact")]
    pub observed: Vec<f64>,
    /// How many rows there are.
    #[serde(with = "exact")]
    pub rows: Vec<f64>,
}

/// The bins of a curve being measured.
pub(super) struct Bins {
    all: Vec<Bin>,
    /// The upper edges of all bins but the last.
    edges: Vec<f64>,
    /// Whether a probability was NaN.
    is_undefined: bool,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    rows: f64,
    predicted: f64,
    positive: f64,
}

impl Bins {
    pub(super) fn new(bins: usize) -> Self {
        let width = 1.0 / count(bins.max(1));
        let edges = (1..bins.max(1)).map(|edge| count(edge) * width).collect();
        Self { all: vec![Bin::default(); bins.max(1)], edges, is_undefined: false }
    }

    /// Takes in a row; a probability on an edge belongs to the bin below.
    pub(super) fn add(&mut self, probability: f64, is_positive: bool, weight: f64) {
        if probability.is_nan() {
            self.is_undefined = true;
        } else if let Some(bin) = self.all.get_mut(self.edges.partition_point(|edge| *edge < probability)) {
            bin.rows += weight;
            bin.predicted += weight * probability;
            bin.positive += if is_positive { weight } else { 0.0 };
        }
    }

    /// The curve; without points where a probability was NaN.
    pub(super) fn curve(&self) -> CalibrationCurve {
        let filled: Vec<&Bin> = self.all.iter().filter(|bin| bin.rows > 0.0 && !self.is_undefined).collect();
        CalibrationCurve {
            predicted: filled.iter().map(|bin| bin.predicted / bin.rows).collect(),
            observed: filled.iter().map(|bin| bin.positive / bin.rows).collect(),
            rows: filled.iter().map(|bin| bin.rows).collect(),
        }
    }
}
