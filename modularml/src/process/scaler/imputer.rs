//! Values in place of missing ones.

use super::ranks::{Method, quantiles};
use super::shared::Statistics;
use super::statistics::{damaged, learned, moments};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::text::{Shape, choices};
use crate::{Error, Result};

/// What stands in place of a missing value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacement {
    /// The mean of the position.
    #[default]
    Mean,
    /// The median of the position.
    Median,
    /// The number of [`Imputer::value`].
    Constant,
}

choices!(Replacement: Mean, Median, Constant);

/// Replaces NaN, which stands for a missing value, by a number learned from the values that are there.
///
/// It has no inverse: nothing tells a replaced value from another. As scikit-learn's `SimpleImputer`; there, a position
/// without any value is left out, here it is refused unless the replacement is constant.
///
/// With [`indicator`](Self::indicator) a row becomes one axis: its values, and then for each position that had missing
/// values in learning a 1 where one was missing.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(inverts = false, reshapes = self.indicator)]
pub struct Imputer {
    /// What stands in place of a missing value.
    #[setting(default = Replacement::Mean)]
    strategy: Replacement,
    /// The number for [`Replacement::Constant`].
    #[setting(default = 0.0)]
    value: f64,
    /// Adds which values were missing.
    #[setting(default = false)]
    indicator: bool,
    /// Axes over which one replacement is shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Imputer {
    /// The replacement of each statistic.
    fn replacements(&self, rows: &TrainingRows<'_>, statistics: &Statistics) -> Result<Vec<f64>> {
        match self.strategy {
            Replacement::Mean => Ok(moments(rows, statistics)?.iter().map(|found| found.mean).collect()),
            Replacement::Median => {
                let mut medians = Vec::with_capacity(statistics.count());
                rows.for_each_statistic(statistics, |_, values| {
                    medians.extend(quantiles(values, &[0.5], Method::Linear));
                    Ok(())
                })?;
                Ok(medians)
            }
            Replacement::Constant if self.value.is_finite() => Ok(vec![self.value; statistics.count()]),
            Replacement::Constant => Err(Error::Data(format!("value({}) must be a finite number", self.value))),
        }
    }
}

impl Scaler for Imputer {
    type Fitted = FittedImputer;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedImputer> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let replacements = self.replacements(rows, &statistics)?;
        let mut missing = vec![0.0; statistics.width()];
        if self.indicator {
            rows.for_each_chunk(|_, values| {
                for row in values.chunks_exact(statistics.width()) {
                    for (missing, _) in missing.iter_mut().zip(row).filter(|(_, value)| value.is_nan()) {
                        *missing = 1.0;
                    }
                }
                Ok(())
            })?;
        }
        Ok(FittedImputer::new(&statistics, replacements, missing))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedImputer> {
        let statistics = Statistics::new(shape, self.over)?;
        let expected = "replacements, and a 0 or 1 for each position";
        let (replacements, missing) = state.split_first().ok_or_else(|| damaged(state, expected))?;
        let [replacements] = learned(std::slice::from_ref(replacements), &statistics)?;
        match missing {
            [missing]
                if missing.len() == statistics.width() && missing.iter().all(|flag| [0.0, 1.0].contains(flag)) =>
            {
                Ok(FittedImputer::new(&statistics, replacements, missing.clone()))
            }
            _ => Err(damaged(state, expected)),
        }
    }
}

/// The replacement at each position, and where missing values are indicated.
#[derive(Clone, Debug)]
pub struct FittedImputer {
    /// By statistic, for saving.
    state: [Vec<f64>; 2],
    /// By position.
    replacements: Vec<f64>,
    /// The positions that had missing values.
    indicated: Vec<usize>,
}

impl FittedImputer {
    fn new(statistics: &Statistics, replacements: Vec<f64>, missing: Vec<f64>) -> Self {
        let indicated = (0..).zip(&missing).filter(|(_, flag)| **flag > 0.0).map(|(position, _)| position).collect();
        Self { replacements: statistics.spread(&replacements), state: [replacements, missing], indicated }
    }
}

impl FittedScaler for FittedImputer {
    fn shape(&self, given: Shape) -> Shape {
        let indicated = self.indicated.len();
        if indicated == 0 { given } else { Shape::new(&[self.replacements.len() + indicated]) }
    }

    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        let replaced = |value: f64, replacement: f64| if value.is_nan() { replacement } else { value };
        let width = self.replacements.len().max(1);
        if self.indicated.is_empty() {
            super::statistics::apply(values, &self.replacements, &self.replacements, |value, replacement, _| {
                replaced(value, replacement)
            });
            return Ok(());
        }
        let mut wider = Vec::with_capacity(values.len() / width * (width + self.indicated.len()));
        for row in values.chunks_exact(width) {
            wider.extend(row.iter().zip(&self.replacements).map(|(&value, &replacement)| replaced(value, replacement)));
            let flag =
                |&position: &usize| if row.get(position).is_some_and(|value| value.is_nan()) { 1.0 } else { 0.0 };
            wider.extend(self.indicated.iter().map(flag));
        }
        *values = wider;
        Ok(())
    }

    fn inverse(&self, _: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        Err(super::no_inverse())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.state.to_vec()
    }

    fn onnx(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> Result<OnnxValue> {
        if !self.indicated.is_empty() {
            return Err(super::fitted::reshapes());
        }
        let missing = graph.is_nan(x);
        let replacements = graph.constant(x.element(), &self.replacements, x.axes());
        Ok(graph.choose(&missing, &replacements, x))
    }
}
