//! Shares of rows that are predicted right or wrong.

use super::batch::count;
use super::confusion::{self, ConfusionMatrix, mean};
use super::counted::{FromConfusion, FromLabels, counted};
use super::labels::LabelCounts;
use crate::spec::Agreement;

/// The share of rows whose class is predicted right. A prediction is one score a class, of which the largest counts, the
/// number of a class, as [`ArgMax`](crate::graph::ArgMax) gives it, or of two classes the score of class 1 alone.
///
/// Of a target that is an array of bools it is the share of rows all of whose labels are predicted right, as scikit-learn's
/// `accuracy_score` of labels.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, of_labels = true, higher_is_better = true, weighs_rows = true)]
pub struct Accuracy {
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl FromConfusion for Accuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        matrix.right() / matrix.total()
    }
}

/// The share of rows whose class is predicted wrong: 1 less [`Accuracy`]. Of a target that is an array of bools, the
/// share of all its labels that are.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, of_labels = true, weighs_rows = true)]
pub struct HammingLoss {
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl FromLabels for Accuracy {
    fn of_labels(&self, counts: &LabelCounts) -> f64 {
        counts.whole / counts.total
    }
}

impl FromConfusion for HammingLoss {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        (matrix.total() - matrix.right()) / matrix.total()
    }
}

impl FromLabels for HammingLoss {
    fn of_labels(&self, counts: &LabelCounts) -> f64 {
        counts.wrong() / (counts.total * count(counts.labels.len()))
    }
}

/// The mean over classes of the share of each class's rows that are predicted right, over the classes that have rows,
/// as scikit-learn's `balanced_accuracy_score`.
///
/// ```
/// use modularml::experiment::metric::BalancedAccuracy;
///
/// let metric = BalancedAccuracy::new().adjusted();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true, weighs_rows = true)]
pub struct BalancedAccuracy {
    /// Moves the value of chance, 1 / classes, to 0 and leaves 1 at 1.
    #[setting(default = false)]
    adjusted: bool,
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl FromConfusion for BalancedAccuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let recalls = matrix.recalls();
        let chance = if self.adjusted { 1.0 / count(recalls.len()) } else { 0.0 };
        (mean(&recalls) - chance) / (1.0 - chance)
    }
}

counted!(measure_labels: Accuracy, HammingLoss);
counted!(measure: BalancedAccuracy);
