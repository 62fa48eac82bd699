//! The confusion matrix: which class was taken for which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, count};
use super::text_table::aligned;
use crate::Result;
use crate::experiment::exact;
use crate::experiment::loss::{Slot, Takes};
use crate::text::{Name, intern, interned};

/// How many rows of each class were predicted as each class; rows may have weights.
///
/// ```
/// use modularml::Tensor;
/// use modularml::experiment::metric::{ConfusionMatrix, Normalize};
///
/// let predicted = Tensor::new(&[0u32, 1, 1, 1], &candle_core::Device::Cpu)?;
/// let digits = Tensor::new(&[0u32, 0, 1, 1], &candle_core::Device::Cpu)?;
/// let matrix = ConfusionMatrix::of(&predicted, &digits)?;
/// assert_eq!(matrix.rows(Normalize::No), [[1.0, 1.0], [0.0, 2.0]]);
/// assert_eq!(matrix.rows(Normalize::ByClass), [[0.5, 0.5], [0.0, 1.0]]);
/// assert_eq!(
///     matrix.named(&["odd", "even"]).to_string(),
///     "right  as odd  as even\n\
///      odd         1        1\n\
///      even        0        2"
/// );
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    /// The names of the classes, in their order, as far as they have some.
    #[serde(deserialize_with = "interned")]
    names: Vec<Name>,
    /// By right class and predicted class.
    #[serde(with = "exact")]
    weights: BTreeMap<(usize, usize), f64>,
    /// How many rows have a score that is NaN, and so no predicted class.
    #[serde(with = "exact")]
    undefined: f64,
}

/// What the entries of a confusion matrix are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing: they count rows.
    #[default]
    No,
    /// The rows of the right class: the diagonal holds recalls.
    ByClass,
    /// The rows predicted as the class: the diagonal holds precisions.
    ByPrediction,
    /// All rows.
    ByAll,
}

impl ConfusionMatrix {
    /// The matrix of predictions, one score a class or the number of a class, against class numbers `[rows]`.
    ///
    /// # Errors
    /// When the rows differ in number, or a class is no whole number from 0.
    pub fn of(prediction: &Tensor, target: &Tensor) -> Result<Self> {
        let mut matrix = Self::default();
        matrix.add(&Batch::read(&[prediction.clone(), target.clone()], None)?, None)?;
        Ok(matrix)
    }

    /// The matrix of predictions as [`ConfusionMatrix::of`], each row counted as its weight says.
    ///
    /// # Errors
    /// As [`ConfusionMatrix::of`], and when a weight is below 0 or not finite.
    pub fn of_weighted(prediction: &Tensor, target: &Tensor, weights: &Tensor) -> Result<Self> {
        let mut matrix = Self::default();
        matrix.add(&Batch::read(&[prediction.clone(), target.clone()], Some(weights))?, None)?;
        Ok(matrix)
    }

    /// The same with names for its classes, in their order.
    #[must_use]
    pub fn named(self, classes: &[Name]) -> Self {
        Self { names: classes.to_vec(), ..self }
    }

    /// The name of each class, from class 0 to the last that has a name or occurs: its number where it has no name.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        let occur = self.classes().last().map_or(0, |last| last + 1);
        let name = |class: usize| self.names.get(class).copied().unwrap_or_else(|| intern(&class.to_string()));
        (0..occur.max(self.names.len())).map(name).collect()
    }

    pub(super) fn add(&mut self, batch: &Batch, threshold: Option<f64>) -> Result<()> {
        let (right, predicted) = (batch.classes()?, batch.predicted_classes(threshold)?);
        for ((right, predicted), weight) in right.into_iter().zip(predicted).zip(batch.weights()) {
            match predicted {
                Some(predicted) => *self.weights.entry((right, predicted)).or_default() += weight,
                None => self.undefined += weight,
            }
        }
        Ok(())
    }

    /// The classes that are right or predicted in some row, in order.
    #[must_use]
    pub fn classes(&self) -> Vec<usize> {
        let all: BTreeSet<usize> = self.weights.keys().flat_map(|(right, predicted)| [*right, *predicted]).collect();
        all.into_iter().collect()
    }

    /// How many rows of class `right` were predicted as class `predicted`.
    #[must_use]
    pub fn count(&self, right: usize, predicted: usize) -> f64 {
        self.weights.get(&(right, predicted)).copied().unwrap_or(0.0)
    }

    /// One row a right class and one column a predicted class, from class 0 to the last that has a name or occurs.
    #[must_use]
    pub fn rows(&self, normalize: Normalize) -> Vec<Vec<f64>> {
        let classes = self.names().len();
        let share = |right, predicted| {
            let all = match normalize {
                Normalize::No => 1.0,
                Normalize::ByClass => self.of_class(right),
                Normalize::ByPrediction => self.predicted_as(predicted),
                Normalize::ByAll => self.total(),
            };
            divide(self.count(right, predicted), all)
        };
        (0..classes).map(|right| (0..classes).map(|predicted| share(right, predicted)).collect()).collect()
    }

    /// How many rows have a score that is NaN: they have no predicted class, and stand in no other count.
    #[must_use]
    pub const fn undefined(&self) -> f64 {
        self.undefined
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.sum(|_, _| true)
    }

    /// How many rows are predicted right.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.sum(|right, predicted| right == predicted)
    }

    /// How many rows are of a class.
    #[must_use]
    pub fn of_class(&self, class: usize) -> f64 {
        self.sum(|right, _| right == class)
    }

    /// How many rows are predicted as a class.
    #[must_use]
    pub fn predicted_as(&self, class: usize) -> f64 {
        self.sum(|_, predicted| predicted == class)
    }

    /// How many rows of some right and predicted classes there are.
    fn sum(&self, counts: impl Fn(usize, usize) -> bool) -> f64 {
        // Rust's sum of nothing is -0.0.
        self.weights.iter().filter(|((right, predicted), _)| counts(*right, *predicted)).fold(0.0, |sum, it| sum + it.1)
    }

    /// The share of the rows of each class that are predicted right, for the classes that have rows.
    pub(super) fn recalls(&self) -> Vec<f64> {
        let with_rows = self.classes().into_iter().filter(|class| self.of_class(*class) > 0.0);
        with_rows.map(|class| self.count(class, class) / self.of_class(class)).collect()
    }
}

impl fmt::Display for ConfusionMatrix {
    /// A table of counts, a line a right class and a column a predicted class.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        let head = std::iter::once("right".to_owned()).chain(names.iter().map(|name| format!("as {name}"))).collect();
        let line = |(name, counts): (&Name, Vec<f64>)| {
            std::iter::once((*name).to_owned()).chain(counts.iter().map(f64::to_string)).collect()
        };
        let lines = names.iter().zip(self.rows(Normalize::No)).map(line);
        f.write_str(&aligned(&std::iter::once(head).chain(lines).collect::<Vec<_>>()))?;
        if self.undefined > 0.0 {
            write!(f, "\n{} rows have a score that is NaN, and no predicted class", self.undefined)?;
        }
        Ok(())
    }
}

/// A share; 0 of nothing.
pub(super) fn divide(part: f64, whole: f64) -> f64 {
    divide_or(part, whole, 0.0)
}

/// A share, and another value of nothing.
pub(super) fn divide_or(part: f64, whole: f64, of_nothing: f64) -> f64 {
    if whole == 0.0 { of_nothing } else { part / whole }
}

/// The mean; NaN of nothing.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / count(numbers.len())
}

/// The inputs of a metric of classes.
pub(super) const INPUTS: &[Slot] =
    &[Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::ClassesOrBools }];
