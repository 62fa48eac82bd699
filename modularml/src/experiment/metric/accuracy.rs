//! Shares of rows that are predicted right or wrong.

use super::confusion::{self, ConfusionMatrix, mean};
use super::counted::{FromConfusion, counted};
use crate::spec::Agreement;

/// The share of rows whose class is predicted right. A prediction is one score a class, of which the largest counts,
/// or the number of a class, as [`ArgMax`](crate::graph::ArgMax) gives it.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
pub struct Accuracy;

impl FromConfusion for Accuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        matrix.right() / matrix.total()
    }
}

/// The share of rows whose class is predicted wrong: 1 less [`Accuracy`].
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass)]
pub struct HammingLoss;

impl FromConfusion for HammingLoss {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        (matrix.total() - matrix.right()) / matrix.total()
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
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
pub struct BalancedAccuracy {
    /// Moves the value of chance, 1 / classes, to 0 and leaves 1 at 1.
    #[setting(default = false)]
    adjusted: bool,
}

impl FromConfusion for BalancedAccuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let recalls = matrix.recalls();
        let chance = if self.adjusted { 1.0 / super::batch::count(recalls.len()) } else { 0.0 };
        (mean(&recalls) - chance) / (1.0 - chance)
    }
}

counted!(Accuracy, HammingLoss, BalancedAccuracy);
