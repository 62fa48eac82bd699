//! What predictions of classes tell.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::curve::{Calibration, Curve, calibration, curves};
use super::scores::Scores;
use super::table::Table;
use super::worst::{Shown, WorstRows};
use super::{Found, finite};
use crate::Result;
use crate::experiment::metric::ConfusionMatrix;
use crate::spec::NodeSpec;

/// Of more scores, or more classes, no curves are made: each sorts all rows.
const MOST_SCORES: usize = 10_000_000;
const MOST_CURVES: usize = 50;

/// Which classes are taken for which, and how sure the graph is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassAnalysis {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// How many rows count.
    pub rows: usize,
    /// How many do not, for their target is missing or a score is NaN.
    pub left_out: usize,
    /// The share of rows whose predicted class is right; none of no rows.
    pub accuracy: Option<f64>,
    /// The confusion matrix without its zeros: right class, predicted class, rows.
    pub confusion: Vec<(usize, usize, usize)>,
    /// What each class has.
    pub per_class: Vec<ClassFigures>,
    /// What the scores stand for.
    pub scores: Scores,
    /// A ROC curve a class, of two classes that of the second alone; none of more than 50 classes.
    pub roc: Vec<Curve>,
    /// A precision-recall curve a class, as `roc`.
    pub precision_recall: Vec<Curve>,
    /// Whether probabilities are what they say; none where the scores are none, and cannot be made some.
    pub calibration: Option<Calibration>,
    /// The rows with the largest losses: the cross entropy, or how far the score of the right class is below the largest.
    pub worst: WorstRows,
}

/// What a class has. A quotient is none where nothing is there to be divided by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassFigures {
    /// How many rows are of it.
    pub rows: usize,
    /// How many rows are predicted as it.
    pub predicted: usize,
    /// The share of the rows predicted as it that are of it.
    pub precision: Option<f64>,
    /// The share of the rows of it that are predicted as it.
    pub recall: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
}

/// Rows with a right class and scores that are numbers.
struct Rows {
    /// Where they stand in the table.
    places: Vec<usize>,
    targets: Vec<u32>,
    /// Row after row.
    scores: Vec<f64>,
    width: usize,
}

impl Rows {
    fn read(table: &Table<'_>, node: &NodeSpec, classes: &[String]) -> Result<Result<Self, String>> {
        let Some(targets) = table.texts(&table.target(node))? else {
            return Ok(Err("its target is not in the table of predictions".to_owned()));
        };
        let mut columns = Vec::new();
        for class in classes {
            columns.extend(table.numbers(&format!("scores.{}.{class}", node.name))?);
        }
        if columns.len() != classes.len() {
            columns = table.array(&format!("predicted.{}", node.name))?;
        }
        // One score is that of the second class.
        let width = columns.len();
        if width != classes.len() && (width, classes.len()) != (1, 2) {
            return Ok(Err(format!("it gives {width} numbers a row for {} classes", classes.len())));
        }
        let is_number = table.holds_numbers(&table.target(node));
        let numbers: BTreeMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
        let mut rows = Self { places: Vec::new(), targets: Vec::new(), scores: Vec::new(), width };
        for (place, target) in targets.into_iter().enumerate() {
            let number = target.and_then(|name| {
                // Labels may be floats; the name of a class is what it is.
                let whole = name.strip_suffix(".0").filter(|_| is_number);
                numbers.get(name.as_str()).or_else(|| numbers.get(whole?)).copied()
            });
            let scores = columns.iter().map(|column| column.get(place).copied().unwrap_or(f64::NAN));
            let scores: Vec<f64> = scores.collect();
            if let Some(number) = number
                && !scores.iter().any(|score| score.is_nan())
            {
                rows.places.push(place);
                rows.targets.push(number);
                rows.scores.extend(scores);
            }
        }
        Ok(Ok(rows))
    }

    /// Without the rows for which a number is NaN: softmax of infinite scores.
    fn defined(self, numbers: Vec<f64>) -> (Self, Vec<f64>) {
        let width = self.width.max(1);
        if !numbers.iter().any(|number| number.is_nan()) {
            return (self, numbers);
        }
        let mut rows = Self { places: Vec::new(), targets: Vec::new(), scores: Vec::new(), width: self.width };
        let mut kept = Vec::new();
        let of_rows = self.places.iter().zip(&self.targets).zip(self.scores.chunks(width)).zip(numbers.chunks(width));
        for (((place, target), scores), numbers) in of_rows {
            if !numbers.iter().any(|number| number.is_nan()) {
                rows.places.push(*place);
                rows.targets.push(*target);
                rows.scores.extend_from_slice(scores);
                kept.extend_from_slice(numbers);
            }
        }
        (rows, kept)
    }

    fn tensor(&self, numbers: Vec<f64>) -> Result<Tensor> {
        let rows = self.places.len();
        Ok(match self.width {
            1 => Tensor::from_vec(numbers, rows, &Device::Cpu)?,
            width => Tensor::from_vec(numbers, (rows, width), &Device::Cpu)?,
        })
    }

    fn targets(&self) -> Result<Tensor> {
        Ok(Tensor::from_slice(&self.targets, self.places.len(), &Device::Cpu)?)
    }

    /// The probability, or score, of a class in each row; a single one is that of class 1.
    fn of_class<'a>(&self, numbers: &'a [f64], class: usize) -> impl Iterator<Item = f64> + 'a {
        let class = if self.width == 1 { 0 } else { class };
        numbers.iter().skip(class).step_by(self.width.max(1)).copied()
    }
}

pub(super) fn analysed(table: &Table<'_>, node: &NodeSpec, classes: Vec<String>, scores: Scores) -> Result<Found> {
    let rows = match Rows::read(table, node, &classes)? {
        Ok(rows) => rows,
        Err(reason) => return Ok(Found::Nothing(reason)),
    };
    let (rows, probabilities) = match scores.probabilities(&rows.scores, rows.width)? {
        Some(probabilities) => {
            let (rows, probabilities) = rows.defined(probabilities);
            (rows, Some(probabilities))
        }
        None => (rows, None),
    };
    let known = probabilities.as_deref();
    // A single score of which nothing is known is cut at zero, as a logit.
    let cut = if known.is_some() { 0.5 } else { 0.0 };
    let predicted = predicted(&rows, known.unwrap_or(&rows.scores), cut);
    let numbers = Tensor::from_slice(&predicted, predicted.len(), &Device::Cpu)?;
    let matrix = ConfusionMatrix::of(&numbers, &rows.targets()?)?;
    let (roc, precision_recall) = all_curves(&rows, known.unwrap_or(&rows.scores), classes.len())?;
    let calibration = match &probabilities {
        Some(probabilities) => {
            let sure: Vec<(f64, bool)> = sure(&rows, probabilities, &predicted);
            calibration(&sure, &rows.tensor(probabilities.clone())?, &rows.targets()?).ok()
        }
        None => None,
    };
    let worst = worst(table, &rows, known, &predicted, &classes);
    let per_class = (0..classes.len()).map(|class| figures(&matrix, class)).collect();
    let mut cells = BTreeMap::<(usize, usize), usize>::new();
    for (right, predicted) in rows.targets.iter().zip(&predicted) {
        *cells.entry((*right as usize, *predicted as usize)).or_default() += 1;
    }
    Ok(Found::Classes(ClassAnalysis {
        rows: rows.places.len(),
        left_out: table.rows() - rows.places.len(),
        accuracy: finite(matrix.right() / matrix.total()),
        confusion: cells.into_iter().map(|((right, predicted), rows)| (right, predicted, rows)).collect(),
        per_class,
        scores,
        roc,
        precision_recall,
        calibration,
        worst,
        classes,
    }))
}

/// The predicted class of each row.
fn predicted(rows: &Rows, scores: &[f64], cut: f64) -> Vec<u32> {
    let largest = |scores: &[f64]| match scores {
        [one] => u32::from(*one > cut),
        several => {
            let pick = |best: (u32, f64), (class, score): (u32, &f64)| {
                if *score > best.1 { (class, *score) } else { best }
            };
            (0..).zip(several).fold((0, f64::NEG_INFINITY), pick).0
        }
    };
    scores.chunks(rows.width.max(1)).map(largest).collect()
}

fn all_curves(rows: &Rows, scores: &[f64], classes: usize) -> Result<(Vec<Curve>, Vec<Curve>)> {
    let mut all = (Vec::new(), Vec::new());
    if classes > MOST_CURVES || scores.len() > MOST_SCORES || rows.places.is_empty() {
        return Ok(all);
    }
    let of = if classes == 2 { 1..2 } else { 0..classes };
    for class in of {
        let is_class: Vec<u32> = rows.targets.iter().map(|target| u32::from(*target as usize == class)).collect();
        let (roc, recall) = curves(class, rows.of_class(scores, class).collect(), &is_class, classes)?;
        all.0.push(roc);
        all.1.push(recall);
    }
    Ok(all)
}

/// Of each row the probability of the predicted class, and whether that is right.
fn sure(rows: &Rows, probabilities: &[f64], predicted: &[u32]) -> Vec<(f64, bool)> {
    let of_rows = probabilities.chunks(rows.width.max(1)).zip(predicted).zip(&rows.targets);
    of_rows.map(|((row, predicted), target)| (of_class(row, *predicted), predicted == target)).collect()
}

/// The probability of a class; a single one is that of class 1.
fn of_class(probabilities: &[f64], class: u32) -> f64 {
    match probabilities {
        [one] if class == 0 => 1.0 - one,
        [one] => *one,
        several => several.get(class as usize).copied().unwrap_or(0.0),
    }
}

/// Precision, recall and F1 as the metrics of these names define them, of the counts that they take.
fn figures(matrix: &ConfusionMatrix, class: usize) -> ClassFigures {
    let (hits, rows, predicted) = (matrix.count(class, class), matrix.of_class(class), matrix.predicted_as(class));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows are counted")]
    let counted = |rows: f64| rows as usize;
    ClassFigures {
        rows: counted(rows),
        predicted: counted(predicted),
        precision: finite(hits / predicted),
        recall: finite(hits / rows),
        f1: finite(2.0 * hits / (rows + predicted)),
    }
}

fn worst(
    table: &Table<'_>,
    rows: &Rows,
    probabilities: Option<&[f64]>,
    predicted: &[u32],
    classes: &[String],
) -> WorstRows {
    let by = if probabilities.is_some() { "cross entropy" } else { "gap between the largest score and the right one" };
    let numbers = probabilities.unwrap_or(&rows.scores).chunks(rows.width.max(1));
    let errors = numbers.zip(&rows.targets).zip(&rows.places).map(|((row, target), place)| {
        let error = match (probabilities, row) {
            (Some(_), row) => -of_class(row, *target).max(f64::MIN_POSITIVE).ln(),
            // One score: how far it lies on the wrong side.
            (None, [one]) => {
                if *target == 1 {
                    -one
                } else {
                    *one
                }
            }
            (None, row) => {
                let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                most - row.get(*target as usize).copied().unwrap_or(most)
            }
        };
        (*place, error + 0.0)
    });
    let name = |class: u32| Shown::Class(classes.get(class as usize).cloned().unwrap_or_default());
    let shown = |place: usize| {
        let row = rows.places.binary_search(&place).unwrap_or_default();
        let of = |classes: &[u32]| name(classes.get(row).copied().unwrap_or_default());
        (of(&rows.targets), of(predicted))
    };
    WorstRows::of(table, by, errors.collect(), shown)
}
