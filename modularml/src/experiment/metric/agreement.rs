//! How far predicted and right classes agree beyond chance.

use super::confusion::{self, ConfusionMatrix, FromConfusion, counted, divide};
use crate::spec::Agreement;

/// Matthews' correlation coefficient of predicted and right classes, for any number of classes (Gorodkin, 2004): 1 for
/// perfect predictions, 0 for none better than chance or where one side never changes.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
pub struct Mcc;

impl FromConfusion for Mcc {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let total = matrix.total();
        let sum = |product: &dyn Fn(usize) -> f64| matrix.classes().into_iter().map(product).sum::<f64>();
        let both = sum(&|class| matrix.of_class(class) * matrix.predicted_as(class));
        let right = sum(&|class| matrix.of_class(class).powi(2));
        let predicted = sum(&|class| matrix.predicted_as(class).powi(2));
        let spread = (total * total - right) * (total * total - predicted);
        divide(matrix.right() * total - both, spread.max(0.0).sqrt())
    }
}

/// Cohen's kappa of predicted and right classes (1960): 1 - observed / expected disagreement, where the expected one is
/// that of independent guesses with the same shares of classes. It is not defined where both always name one class.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true)]
pub struct CohenKappa;

impl FromConfusion for CohenKappa {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let total = matrix.total();
        let by_chance = |class| matrix.of_class(class) * matrix.predicted_as(class) / total;
        let expected: f64 = matrix.classes().into_iter().map(by_chance).sum();
        1.0 - (total - matrix.right()) / (total - expected)
    }
}

counted!(Mcc, CohenKappa);
