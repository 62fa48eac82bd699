//! What the built-in metrics share: a batch as plain numbers, whichever way it comes.

use candle_core::Tensor;

use crate::graph::Mask;
use crate::graph::kernel::device::f64s;
use crate::{Error, Result};

/// A batch of predictions and targets in `f64`, row after row.
pub(super) struct Batch {
    pub rows: usize,
    prediction: Vec<f64>,
    prediction_shape: Vec<usize>,
    target: Vec<f64>,
    target_shape: Vec<usize>,
    weights: Option<Vec<f64>>,
    /// Of each number of the prediction, 0 where it is padding.
    mask: Option<Vec<u8>>,
}

impl Batch {
    /// A batch of which some numbers of the prediction are padding.
    pub fn read_masked(inputs: &[Tensor], mask: &Mask, weights: Option<&Tensor>) -> Result<Self> {
        let batch = Self::read(inputs, weights)?;
        let of_each = inputs.first().map(|prediction| mask.of_each(prediction.dims())).transpose()?;
        let mask = of_each.map(|mask| mask.flatten_all()?.to_vec1()).transpose()?;
        Ok(Self { mask, ..batch })
    }

    pub fn read(inputs: &[Tensor], weights: Option<&Tensor>) -> Result<Self> {
        let [prediction, target] = inputs else {
            return Err(Error::Component(format!(
                "a prediction and a target are needed, found {} inputs",
                inputs.len()
            )));
        };
        let rows = match (prediction.dims(), target.dims()) {
            ([rows, ..], [others, ..]) if rows == others => *rows,
            (prediction, target) => {
                return Err(Error::Component(format!(
                    "a prediction and its target start with as many rows, found shapes {prediction:?} and {target:?}"
                )));
            }
        };
        Ok(Self {
            rows,
            prediction: f64s(prediction)?,
            prediction_shape: prediction.dims().to_vec(),
            target: f64s(target)?,
            target_shape: target.dims().to_vec(),
            weights: weights.map(|weights| read_weights(weights, rows)).transpose()?,
            mask: None,
        })
    }

    /// Whether a number of a row of the prediction is a value and not padding.
    pub fn is_value(&self, row: usize, column: usize) -> bool {
        let at = row * self.width() + column;
        self.mask.as_ref().is_none_or(|mask| mask.get(at) == Some(&1))
    }

    /// How much each row counts.
    pub fn weights(&self) -> impl Iterator<Item = f64> {
        let weight = |row| self.weights.as_ref().and_then(|weights| weights.get(row).copied()).unwrap_or(1.0);
        (0..self.rows).map(weight)
    }

    /// Refuses weights, for metrics that count all rows alike.
    pub fn refuse_weights(&self) -> Result<()> {
        if self.weights.is_some() {
            return Err(Error::Component("this metric counts all rows alike; give it no weights".to_owned()));
        }
        Ok(())
    }

    /// Prediction, target and weight of each row, where both have one shape.
    pub fn compared(&self) -> Result<impl Iterator<Item = (&[f64], &[f64], f64)>> {
        if self.prediction_shape != self.target_shape {
            return Err(Error::Component(format!(
                "the prediction has shape {:?}, the target {:?}; they must be equal",
                self.prediction_shape, self.target_shape
            )));
        }
        let width = self.width();
        let pairs = self.prediction.chunks_exact(width).zip(self.target.chunks_exact(width));
        Ok(pairs.zip(self.weights()).map(|((prediction, target), weight)| (prediction, target, weight)))
    }

    /// The numbers of each row of the prediction, with the one number that its target is.
    pub fn labelled(&self) -> Result<impl Iterator<Item = (&[f64], f64)>> {
        if self.target.len() != self.rows {
            return Err(Error::Component(format!("a row has one label; found shape {:?}", self.target_shape)));
        }
        Ok(self.prediction.chunks_exact(self.width()).zip(self.target.iter().copied()))
    }

    /// The numbers that are predicted for each number of the target, that number, and the weight of its row, where the
    /// prediction has one axis more.
    pub fn several(&self) -> Result<impl Iterator<Item = (&[f64], f64, f64)>> {
        let count = match self.prediction_shape.split_last() {
            Some((count, positions)) if positions == self.target_shape && *count > 0 => *count,
            _ => {
                return Err(Error::Component(format!(
                    "the target has shape {:?}, so the prediction has that and an axis more, found {:?}",
                    self.target_shape, self.prediction_shape
                )));
            }
        };
        let of_row = self.target_shape.iter().skip(1).product::<usize>().max(1);
        let weights = self.weights().flat_map(move |weight| std::iter::repeat_n(weight, of_row));
        let numbers = self.prediction.chunks_exact(count).zip(&self.target).zip(weights);
        Ok(numbers.map(|((numbers, target), weight)| (numbers, *target, weight)))
    }

    /// How many numbers a row of the prediction has.
    pub fn width(&self) -> usize {
        self.prediction_shape.iter().skip(1).product::<usize>().max(1)
    }

    /// Whether each row may have several labels.
    pub fn has_labels(&self) -> bool {
        self.target_shape.len() == 2
    }

    /// The right class of each row.
    pub fn classes(&self) -> Result<Vec<usize>> {
        if self.target_shape.len() != 1 {
            return Err(Error::Component(format!("classes are [rows], found shape {:?}", self.target_shape)));
        }
        self.target.iter().map(|&number| class(number, "the target")).collect()
    }

    /// The scores of each row: one a class, or the score of class 1 alone.
    pub fn scores(&self) -> Result<impl Iterator<Item = &[f64]> + Clone> {
        if !(1..=2).contains(&self.prediction_shape.len()) {
            return Err(Error::Component(format!(
                "scores are [rows, classes], or [rows] of class 1, found shape {:?}",
                self.prediction_shape
            )));
        }
        Ok(self.prediction.chunks_exact(self.width()))
    }

    /// The predicted class of each row: that of the largest score; of a single number the class that it is the number of,
    /// or class 1 from a threshold on. None where a score is NaN.
    pub fn predicted_classes(&self, threshold: Option<f64>) -> Result<Vec<Option<usize>>> {
        match self.scores()? {
            scores if self.width() > 1 => Ok(scores.map(best_class).collect()),
            scores => scores.flatten().map(|number| decided(*number, threshold)).collect(),
        }
    }
}

/// The class that a single number stands for; none where it is NaN.
pub(super) fn decided(number: f64, threshold: Option<f64>) -> Result<Option<usize>> {
    match threshold {
        _ if number.is_nan() => Ok(None),
        Some(threshold) => Ok(Some(usize::from(number >= threshold))),
        None => class(number, "the prediction").map(Some).map_err(|error| match error {
            Error::Component(problem) => {
                Error::Component(format!("{problem}; of a score say from where on it is a yes: .threshold(0.5)"))
            }
            other => other,
        }),
    }
}

/// Whether a score of a row is NaN, so that nothing follows from comparing it with others.
pub(super) fn is_undefined(scores: &[f64]) -> bool {
    scores.iter().any(|score| score.is_nan())
}

/// The class of the largest score; none where a score is NaN.
pub(in crate::experiment) fn best_class(scores: &[f64]) -> Option<usize> {
    (!is_undefined(scores)).then(|| largest(scores))
}

/// The position of the largest number, the first among equals.
pub(super) fn largest(scores: &[f64]) -> usize {
    let pick = |(best, most): (usize, f64), (position, &score): (usize, &f64)| {
        if score > most { (position, score) } else { (best, most) }
    };
    scores.iter().enumerate().fold((0, f64::NEG_INFINITY), pick).0
}

/// A count as a number.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}

fn class(number: f64, of: &str) -> Result<usize> {
    if number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tested before")]
        return Ok(number as usize);
    }
    Err(Error::Component(format!("{of} is the number of a class, a whole number from 0; found {number}")))
}

/// How much each of so many rows counts.
pub(super) fn read_weights(weights: &Tensor, rows: usize) -> Result<Vec<f64>> {
    if weights.dims() != [rows] {
        return Err(Error::Component(format!("{rows} rows need weights [{rows}], found shape {:?}", weights.dims())));
    }
    let weights = f64s(weights)?;
    match weights.iter().position(|weight| !(*weight >= 0.0 && *weight < f64::INFINITY)) {
        Some(row) => Err(Error::Component(format!("row {row} has a weight that is not at least 0 and finite"))),
        None => Ok(weights),
    }
}
