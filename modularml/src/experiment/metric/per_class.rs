//! Metrics that each class has, averaged over classes or of one class.

use super::confusion::{self, ConfusionMatrix, divide_or, mean};
use super::counted::{FromConfusion, FromLabels, counted};
use super::labels::{Counts, LabelCounts};
use crate::spec::Agreement;
use crate::text::choices;

/// How the values of classes or labels become one. The classes are those that are right or predicted in some row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// The mean over classes.
    #[default]
    Macro,
    /// One value of the counts of all classes added up.
    Micro,
    /// The mean over classes, each counted by its rows.
    Weighted,
    /// Of rows with several labels, the mean over rows of the value of each row's labels.
    Samples,
}

choices!(Average: Macro, Micro, Weighted, Samples);

impl ConfusionMatrix {
    fn counts(&self, class: usize) -> Counts {
        Counts { hits: self.count(class, class), predicted: self.predicted_as(class), rows: self.of_class(class) }
    }
}

/// How the values of classes or labels become one.
#[derive(Clone, Copy)]
struct Averaging {
    class: Option<usize>,
    average: Average,
    /// The value of what is not defined.
    of_nothing: f64,
}

impl Averaging {
    fn of_classes(self, matrix: &ConfusionMatrix, value: impl Fn(Counts) -> f64) -> f64 {
        match self.class {
            Some(class) => value(matrix.counts(class)),
            None => {
                self.over(&matrix.classes().into_iter().map(|class| matrix.counts(class)).collect::<Vec<_>>(), value)
            }
        }
    }

    fn of_labels(self, counts: &LabelCounts, value: impl Fn(Counts) -> f64) -> f64 {
        match self.class {
            Some(label) => value(counts.labels.get(label).copied().unwrap_or_default()),
            None if self.average == Average::Samples => counts.by_row / counts.total,
            None => self.over(&counts.labels, value),
        }
    }

    fn over(self, all: &[Counts], value: impl Fn(Counts) -> f64) -> f64 {
        match self.average {
            Average::Micro => value(all.iter().copied().fold(Counts::default(), Counts::plus)),
            Average::Weighted => {
                let rows = all.iter().map(|counts| counts.rows).sum();
                divide_or(all.iter().map(|counts| counts.rows * value(*counts)).sum(), rows, self.of_nothing)
            }
            Average::Macro | Average::Samples => mean(&all.iter().copied().map(value).collect::<Vec<_>>()),
        }
    }
}

/// What F is the quotient of.
fn f_beta(beta: f64, counts: Counts) -> (f64, f64) {
    let square = beta * beta;
    ((1.0 + square) * counts.hits, square * counts.rows + counts.predicted)
}

/// Writes a metric of classes, with a setting of its own where it has one.
macro_rules! per_class {
    ($(#[$docs:meta])* $metric:ident $({ $(#[$own_docs:meta])* $own:ident: ($($own_type:tt)+), })?, $value:expr) => {
        $(#[$docs])*
        #[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
        #[spec(
            inputs = confusion::INPUTS,
            agreement = Agreement::OnePerClass,
            of_labels = true,
            weighs_rows = true,
            higher_is_better = true
        )]
        pub struct $metric {
            $($(#[$own_docs])* $own: $($own_type)+,)?
            /// The class or label whose value is reported; without it the average over them, and of one bool a row that of
            /// `true`.
            #[setting(default = None)]
            class: Option<usize>,
            /// How the values of classes become one; `Macro` where nothing is said, which is refused of three classes or
            /// more, and of labels.
            #[setting(default = None)]
            average: Option<Average>,
            /// The value of a class for which it is not defined, where nothing is there to be divided by.
            #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
            zero_division: f64,
            /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
            /// function. Where nothing is said, 0.5, which is the logit 0.
            #[setting(default = None, at_least = 0.0, at_most = 1.0)]
            threshold: Option<f64>,
        }

        impl FromConfusion for $metric {
            fn value(&self, matrix: &ConfusionMatrix) -> f64 {
                self.averaging().of_classes(matrix, |counts| self.of(counts))
            }
        }

        impl FromLabels for $metric {
            fn of_labels(&self, counts: &LabelCounts) -> f64 {
                self.averaging().of_labels(counts, |counts| self.of(counts))
            }

            fn of_row(&self, labels: Counts) -> f64 {
                self.of(labels)
            }
        }

        impl $metric {
            fn of(&self, counts: Counts) -> f64 {
                let value: fn(&Self, Counts) -> (f64, f64) = $value;
                let (part, whole) = value(self, counts);
                divide_or(part, whole, self.zero_division)
            }

            fn averaging(&self) -> Averaging {
                let average = self.average.unwrap_or_default();
                Averaging { class: self.class, average, of_nothing: self.zero_division }
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
    Precision {
        /// Where a threshold is chosen by it, how high it must be there: of the thresholds that reach this on the rows of the
        /// split, the one with the highest recall is taken.
        #[setting(default = None, at_least = 0.0, at_most = 1.0)]
        at_least: (Option<f64>),
    },
    |_, counts| (counts.hits, counts.predicted)
);

per_class!(
    /// The share of the rows of a class that are predicted as it, `zero_division` where there are none.
    ///
    /// ```
    /// use modularml::experiment::metric::Recall;
    ///
    /// let metric = Recall::new().class(1);
    /// ```
    Recall {
        /// Where a threshold is chosen by it, how high it must be there: of the thresholds that reach this on the rows of the
        /// split, the one with the highest precision is taken.
        #[setting(default = None, at_least = 0.0, at_most = 1.0)]
        at_least: (Option<f64>),
    },
    |_, counts| (counts.hits, counts.rows)
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
    |_, counts| f_beta(1.0, counts)
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
    |_, counts| (counts.hits, counts.rows + counts.predicted - counts.hits)
);

per_class!(
    /// The weighted harmonic mean of precision and recall (van Rijsbergen, 1979):
    /// (1 + `beta`²) hits / (`beta`² rows of the class + rows predicted as it).
    ///
    /// ```
    /// use modularml::experiment::metric::FBeta;
    ///
    /// let recall_counts_more = FBeta::beta(2.0);
    /// ```
    FBeta {
        /// How many times as much recall counts as precision.
        #[setting(first, above = 0.0)]
        beta: (f64),
    },
    |metric, counts| f_beta(metric.beta, counts)
);

counted!(measure_labels: Precision, Recall, F1, Jaccard, FBeta);
