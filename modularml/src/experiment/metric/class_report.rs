//! Values of each class.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::confusion::{ConfusionMatrix, divide_or};
use super::text_table::aligned;
use crate::experiment::exact;
use crate::text::{Name, interned};

/// Precision, recall, F1 and rows of each class, as scikit-learn's `precision_recall_fscore_support`.
///
/// ```
/// use modularml::Tensor;
/// use modularml::experiment::metric::{ClassReport, ConfusionMatrix};
///
/// let predicted = Tensor::new(&[0u32, 1, 1, 1], &candle_core::Device::Cpu)?;
/// let states = Tensor::new(&[0u32, 0, 1, 1], &candle_core::Device::Cpu)?;
/// let matrix = ConfusionMatrix::of(&predicted, &states)?.named(&["fresh", "worn"]);
/// let report = ClassReport::of(&matrix, 0.0);
/// assert_eq!(report.class("worn").map(|worn| worn.recall), Some(1.0));
/// assert_eq!(
///     report.to_string(),
///     "class  precision  recall      f1  rows\n\
///      fresh     1.0000  0.5000  0.6667     2\n\
///      worn      0.6667  1.0000  0.8000     2"
/// );
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// A row a class, in their order.
    pub classes: Vec<ClassValues>,
}

/// Values of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassValues {
    /// Its name, or its number where the target names no classes.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// Its number.
    pub class: usize,
    /// The share of the rows predicted as the class that are of it.
    #[serde(with = "exact")]
    pub precision: f64,
    /// The share of the rows of the class that are predicted as it.
    #[serde(with = "exact")]
    pub recall: f64,
    /// The harmonic mean of both.
    #[serde(with = "exact")]
    pub f1: f64,
    /// How many rows are of the class.
    #[serde(with = "exact")]
    pub rows: f64,
}

impl ClassReport {
    /// The values of a confusion matrix; where there is nothing to be divided by, a value is `zero_division`. All values
    /// but the rows are NaN where some row has no predicted class.
    #[must_use]
    pub fn of(matrix: &ConfusionMatrix, zero_division: f64) -> Self {
        let values = |(class, name)| {
            let (hits, predicted, rows) =
                (matrix.count(class, class), matrix.predicted_as(class), matrix.of_class(class));
            let share = |part, whole| {
                if matrix.undefined() > 0.0 { f64::NAN } else { divide_or(part, whole, zero_division) }
            };
            ClassValues {
                name,
                class,
                precision: share(hits, predicted),
                recall: share(hits, rows),
                f1: share(2.0 * hits, predicted + rows),
                rows,
            }
        };
        Self { classes: matrix.names().into_iter().enumerate().map(values).collect() }
    }

    /// The values of the class of a name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&ClassValues> {
        self.classes.iter().find(|values| values.name == name)
    }
}

impl fmt::Display for ClassReport {
    /// A table, a line a class.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["class", "precision", "recall", "f1", "rows"].map(str::to_owned).to_vec();
        let share = |number: f64| format!("{number:.4}");
        let rows = self.classes.iter().map(|it| {
            vec![it.name.to_owned(), share(it.precision), share(it.recall), share(it.f1), it.rows.to_string()]
        });
        f.write_str(&aligned(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))
    }
}
