//! Metrics that each class has, averaged over classes or of one class.

use super::confusion::{self, ConfusionMatrix, divide_or, mean};
use super::counted::{FromConfusion, counted};
use crate::spec::Agreement;
use crate::text::choices;

/// How the values of classes become one. The classes are those that are right or predicted in some row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// The mean over classes.
    #[default]
    Macro,
    /// One value of the counts of all classes added up.
    Micro,
    /// The mean over classes, each counted by its rows.
    Weighted,
}

choices!(Average: Macro, Micro, Weighted);

/// Rows of one class: right and predicted, predicted in all, of the class in all.
#[derive(Clone, Copy)]
struct Counts {
    hits: f64,
    predicted: f64,
    rows: f64,
}

impl Counts {
    fn of(matrix: &ConfusionMatrix, class: usize) -> Self {
        Self { hits: matrix.count(class, class), predicted: matrix.predicted_as(class), rows: matrix.of_class(class) }
    }
}

fn averaged(
    matrix: &ConfusionMatrix,
    class: Option<usize>,
    average: Option<Average>,
    value: impl Fn(Counts) -> f64,
) -> f64 {
    if let Some(class) = class {
        return value(Counts::of(matrix, class));
    }
    let classes: Vec<Counts> = matrix.classes().into_iter().map(|class| Counts::of(matrix, class)).collect();
    match average.unwrap_or_default() {
        Average::Macro => mean(&classes.into_iter().map(value).collect::<Vec<_>>()),
        Average::Micro => value(Counts { hits: matrix.right(), predicted: matrix.total(), rows: matrix.total() }),
        Average::Weighted => {
            classes.into_iter().map(|counts| counts.rows * value(counts)).sum::<f64>() / matrix.total()
        }
    }
}

/// What F is the quotient of.
fn f_beta(beta: f64, counts: Counts) -> (f64, f64) {
    let square = beta * beta;
    ((1.0 + square) * counts.hits, square * counts.rows + counts.predicted)
}

/// Writes a metric of classes without settings of its own.
macro_rules! per_class {
    ($(#[$docs:meta])* $metric:ident, $value:expr) => {
        $(#[$docs])*
        #[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
        #[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
        pub struct $metric {
            /// The class whose value is reported; without it the average over classes.
            #[setting(default = None)]
            class: Option<usize>,
            /// How the values of classes become one; `Macro` where nothing is said, which is refused of three classes or more.
            #[setting(default = None)]
            average: Option<Average>,
            /// The value of a class for which it is not defined, where nothing is there to be divided by.
            #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
            zero_division: f64,
        }

        impl FromConfusion for $metric {
            fn value(&self, matrix: &ConfusionMatrix) -> f64 {
                let value: fn(Counts) -> (f64, f64) = $value;
                averaged(matrix, self.class, self.average, |counts| {
                    let (part, whole) = value(counts);
                    divide_or(part, whole, self.zero_division)
                })
            }
        }
    };
}

per_class!(
    /// The share of the rows predicted as a class that are of it, `zero_division` where none is.
    ///
    /// ```
    /// use modularml::experiment::metric::{Average, Precision};
    ///
    /// let over_classes = Precision::new().average(Average::Weighted);
    /// let of_one = Precision::new().class(1);
    /// ```
    Precision,
    |counts| (counts.hits, counts.predicted)
);

per_class!(
    /// The share of the rows of a class that are predicted as it, `zero_division` where there are none.
    ///
    /// ```
    /// use modularml::experiment::metric::Recall;
    ///
    /// let metric = Recall::new().class(1);
    /// ```
    Recall,
    |counts| (counts.hits, counts.rows)
);

per_class!(
    /// The harmonic mean of precision and recall: 2 hits / (rows of the class + rows predicted as it).
    ///
    /// ```
    /// use modularml::experiment::metric::{Average, F1};
    ///
    /// let metric = F1::new().average(Average::Micro);
    /// ```
    F1,
    |counts| f_beta(1.0, counts)
);

per_class!(
    /// Jaccard's index: hits / (rows that are of the class, predicted as it, or both).
    ///
    /// ```
    /// use modularml::experiment::metric::Jaccard;
    ///
    /// let metric = Jaccard::new();
    /// ```
    Jaccard,
    |counts| (counts.hits, counts.rows + counts.predicted - counts.hits)
);

/// The weighted harmonic mean of precision and recall (van Rijsbergen, 1979):
/// (1 + `beta`²) hits / (`beta`² rows of the class + rows predicted as it).
///
/// ```
/// use modularml::experiment::metric::FBeta;
///
/// let recall_counts_more = FBeta::beta(2.0);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
pub struct FBeta {
    /// How many times as much recall counts as precision.
    #[setting(first, above = 0.0)]
    beta: f64,
    /// The class whose value is reported; without it the average over classes.
    #[setting(default = None)]
    class: Option<usize>,
    /// How the values of classes become one; `Macro` where nothing is said, which is refused of three classes or more.
    #[setting(default = None)]
    average: Option<Average>,
    /// The value of a class for which it is not defined, where nothing is there to be divided by.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    zero_division: f64,
}

impl FromConfusion for FBeta {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        averaged(matrix, self.class, self.average, |counts| {
            let (part, whole) = f_beta(self.beta, counts);
            divide_or(part, whole, self.zero_division)
        })
    }
}

counted!(Precision, Recall, F1, Jaccard, FBeta);
