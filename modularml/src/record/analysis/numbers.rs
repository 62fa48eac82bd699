//! What predictions of numbers tell.

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use super::table::Table;
use super::worst::{Shown, WorstRows};
use super::{Found, count, finite};
use crate::Result;
use crate::experiment::metric::{Measure as _, R2, Rmse};
use crate::spec::NodeSpec;

/// As many pairs are kept to be drawn.
const SAMPLED: usize = 1000;
/// As many numbers of an array are shown.
const SHOWN: usize = 8;

/// How predicted numbers lie to the true ones, in raw units. The numbers of an array count alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NumberAnalysis {
    /// How many rows count.
    pub rows: usize,
    /// How many do not, for their target is missing or their prediction not finite.
    pub left_out: usize,
    /// How many numbers a row has.
    pub width: usize,
    /// The root of the mean squared error, as the metric `Rmse` measures it.
    pub rmse: Option<f64>,
    /// The coefficient of determination, as the metric `R2` measures it; none of fewer than two rows.
    pub r2: Option<f64>,
    /// The mean of prediction - target: how far predictions are too large.
    pub bias: Option<f64>,
    /// Pairs of target and prediction, at most 1000, taken evenly from all.
    pub pairs: Vec<[f64; 2]>,
    /// All residuals, prediction - target.
    pub residuals: Option<Histogram>,
    /// The rows with the largest errors: the absolute error, of an array the root of the mean squared error of its numbers.
    pub worst: WorstRows,
}

pub(super) fn analysed(table: &Table<'_>, node: &NodeSpec) -> Result<Found> {
    let targets = table.array(&table.target(node))?;
    let predicted = table.array(&format!("predicted.{}", node.name))?;
    let width = targets.len();
    if width == 0 {
        return Ok(Found::Nothing("its target has rows of different lengths, or is not in the table".to_owned()));
    }
    if predicted.len() != width {
        let reason = format!("it gives {} numbers a row, its target has {width}", predicted.len());
        return Ok(Found::Nothing(reason));
    }
    let of_row = |columns: &[Vec<f64>], row: usize| -> Vec<f64> {
        columns.iter().map(|column| column.get(row).copied().unwrap_or(f64::NAN)).collect()
    };
    let (mut right, mut given, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..table.rows() {
        let (target, prediction) = (of_row(&targets, row), of_row(&predicted, row));
        if target.iter().chain(&prediction).all(|number| number.is_finite()) {
            let squares: f64 = target.iter().zip(&prediction).map(|(a, b)| (b - a) * (b - a)).sum();
            errors.push((row, (squares / count(width)).sqrt()));
            right.extend(target);
            given.extend(prediction);
        }
    }
    let rows = errors.len();
    let tensor = |numbers: &[f64]| -> Result<Tensor> {
        let all = Tensor::from_slice(numbers, (rows, width), &Device::Cpu)?;
        Ok(if width == 1 { all.flatten_all()? } else { all })
    };
    let compared = [tensor(&given)?, tensor(&right)?];
    let (mut rmse, mut r2) = (Rmse.start(), R2.start());
    rmse.add(&compared)?;
    r2.add(&compared)?;
    let residuals: Vec<f64> = given.iter().zip(&right).map(|(given, right)| given - right).collect();
    let bias = residuals.iter().sum::<f64>() / count(residuals.len());
    let sampled = residuals.len().min(SAMPLED);
    let at = |place: usize| place * residuals.len() / sampled.max(1);
    let pairs = (0..sampled).filter_map(|place| Some([*right.get(at(place))?, *given.get(at(place))?]));
    let by = if width == 1 { "absolute error" } else { "root mean squared error" };
    let first = |columns: &[Vec<f64>], row| Shown::Numbers(of_row(columns, row).into_iter().take(SHOWN).collect());
    let worst = WorstRows::of(table, by, errors, |row| (first(&targets, row), first(&predicted, row)));
    Ok(Found::Numbers(NumberAnalysis {
        rows,
        left_out: table.rows() - rows,
        width,
        rmse: finite(rmse.value()),
        r2: finite(r2.value()),
        bias: finite(bias),
        pairs: pairs.collect(),
        residuals: Histogram::of(&residuals),
        worst,
    }))
}
