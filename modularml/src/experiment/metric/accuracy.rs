//! Shares of rows that are predicted right or wrong.

use super::confusion::{self, ConfusionMatrix, FromConfusion, mean};
use super::{MetricSpec, Start, into_spec};
use crate::spec::Settings;

/// The share of rows whose class is predicted right. A prediction is one score a class, of which the largest counts,
/// or the number of a class, as [`ArgMax`](crate::graph::ArgMax) gives it.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Accuracy;

impl Accuracy {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        confusion::spec("Accuracy", Settings::NONE, code!(Start, |_| confusion::measure(Self)))
    }
}

impl FromConfusion for Accuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        matrix.right() / matrix.total()
    }
}

/// The share of rows whose class is predicted wrong: 1 less [`Accuracy`].
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct HammingLoss;

impl HammingLoss {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        let spec = confusion::spec("HammingLoss", Settings::NONE, code!(Start, |_| confusion::measure(Self)));
        MetricSpec { higher_is_better: false, ..spec }
    }
}

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
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct BalancedAccuracy {
    /// Moves the value of chance, 1 / classes, to 0 and leaves 1 at 1.
    #[setting(default = false)]
    adjusted: bool,
}

impl BalancedAccuracy {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        confusion::spec(
            "BalancedAccuracy",
            self.settings(),
            code!(Start, |settings| { confusion::measure(Self::from_settings(settings)) }),
        )
    }
}

impl FromConfusion for BalancedAccuracy {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let recalls = matrix.recalls();
        let chance = if self.adjusted { 1.0 / super::batch::count(recalls.len()) } else { 0.0 };
        (mean(&recalls) - chance) / (1.0 - chance)
    }
}

into_spec!(Accuracy, HammingLoss, BalancedAccuracy);
