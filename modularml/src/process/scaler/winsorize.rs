//! Outliers moved to quantiles.

use super::ranks::{Method, quantiles};
use super::shared::Statistics;
use super::statistics::{apply, damaged, learned};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// Moves values below one quantile and above another to these: the outliers stay, as the largest of what is usual.
///
/// Quantiles are given in percent, as those of [`Robust`](super::Robust), and learned from the rows of the split by linear
/// interpolation; 1 and 99 where nothing is said. NaN is ignored in learning and kept in transforming. As numpy's
/// `clip(x, *nanquantile(train, [0.01, 0.99]))`. The inverse leaves values as they are: those between the quantiles come
/// back, and outliers come back as the quantile. Learning holds all values of a statistic in memory.
///
/// ```
/// use modularml::data::Shape;
/// use modularml::prelude::*;
/// use modularml::process::TrainingRows;
///
/// let train: Vec<f64> = (0..=100).map(f64::from).collect();
/// let fitted = Winsorize::new().lower(5.0).upper(95.0).spec().fit(&TrainingRows::of(&train, Shape::SCALAR)?)?;
/// let mut values = vec![-20.0, 50.0, 1e6];
/// fitted.transform(&mut values)?;
/// assert_eq!(values, [5.0, 50.0, 95.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Winsorize {
    /// The quantile to which smaller values are moved, in percent; 0 is the smallest value that was seen.
    #[setting(default = 1.0, at_least = 0, at_most = 100)]
    lower: f64,
    /// The quantile to which larger values are moved, in percent; 100 is the largest value that was seen.
    #[setting(default = 99.0, at_least = 0, at_most = 100)]
    upper: f64,
    /// Axes over which quantiles are shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for Winsorize {
    type Fitted = FittedWinsorize;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedWinsorize> {
        let Self { lower, upper, .. } = *self;
        if lower >= upper {
            return Err(Error::Data(format!("lower({lower}) must be below upper({upper})")));
        }
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let (mut lows, mut highs) = (Vec::new(), Vec::new());
        rows.for_each_statistic(&statistics, |_, values| {
            if let [low, high] = quantiles(values, &[lower / 100.0, upper / 100.0], Method::Linear)[..] {
                lows.push(low);
                highs.push(high);
            }
            Ok(())
        })?;
        Ok(FittedWinsorize::new(&statistics, [lows, highs]))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedWinsorize> {
        let statistics = Statistics::new(shape, self.over)?;
        let [lows, highs] = learned(state, &statistics)?;
        if lows.iter().zip(&highs).any(|(low, high)| low > high) {
            return Err(damaged(state, "lower quantiles that are not above the upper ones"));
        }
        Ok(FittedWinsorize::new(&statistics, [lows, highs]))
    }
}

/// The least and the largest value that each position keeps.
#[derive(Clone, Debug)]
pub struct FittedWinsorize {
    /// By statistic, for saving.
    state: [Vec<f64>; 2],
    /// By position.
    lows: Vec<f64>,
    highs: Vec<f64>,
}

impl FittedWinsorize {
    fn new(statistics: &Statistics, state: [Vec<f64>; 2]) -> Self {
        let [lows, highs] = [&state[0], &state[1]].map(|of_statistics| statistics.spread(of_statistics));
        Self { state, lows, highs }
    }
}

impl FittedScaler for FittedWinsorize {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        // Comparisons with NaN are false, so that NaN stays.
        let moved = |value, low, high| {
            if value < low {
                low
            } else if value > high {
                high
            } else {
                value
            }
        };
        apply(values, &self.lows, &self.highs, moved);
        Ok(())
    }

    fn inverse(&self, _: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        Ok(())
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        let [lows, highs] = [&self.lows, &self.highs].map(|values| graph.constant(x.element(), values, x.axes()));
        let raised = graph.binary("Max", x, &lows);
        Ok(graph.binary("Min", &raised, &highs))
    }

    fn onnx_inverse(&self, _: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        Ok(x.clone())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }
}
