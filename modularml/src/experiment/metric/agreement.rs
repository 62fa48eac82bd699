//! How far predicted and right classes agree beyond chance.

use super::batch::count;
use super::confusion::{self, ConfusionMatrix, divide};
use super::counted::{FromConfusion, counted};
use crate::spec::Agreement;
use crate::text::choices;

/// Matthews' correlation coefficient of predicted and right classes, for any number of classes (Gorodkin, 2004): 1 for
/// perfect predictions, 0 for none better than chance or where one side never changes.
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true, weighs_rows = true)]
pub struct Mcc {
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

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
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true, weighs_rows = true)]
pub struct CohenKappa {
    /// How far apart two different classes are.
    #[setting(default = Disagreement::Equal)]
    disagreement: Disagreement,
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl FromConfusion for CohenKappa {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let classes = matrix.classes();
        let (mut observed, mut expected) = (0.0, 0.0);
        for (at, &right) in classes.iter().enumerate() {
            for (other, &predicted) in classes.iter().enumerate() {
                let weight = self.disagreement.of(at.abs_diff(other));
                observed += weight * matrix.count(right, predicted);
                expected += weight * matrix.of_class(right) * matrix.predicted_as(predicted) / matrix.total();
            }
        }
        1.0 - observed / expected
    }
}

/// The mean number of places between predicted and right class, in the order in which the column declares its classes, for
/// classes that have an order: scikit-learn's `mean_absolute_error` of class numbers.
///
/// ```
/// use modularml::experiment::metric::ClassDistance;
///
/// let metric = ClassDistance::new();
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = confusion::INPUTS, agreement = Agreement::OnePerClass, weighs_rows = true)]
pub struct ClassDistance {
    /// The probability from which on a row is of class 1, where a row has one score; of logits that of their logistic
    /// function. Where nothing is said, 0.5, which is the logit 0.
    #[setting(default = None, at_least = 0.0, at_most = 1.0)]
    threshold: Option<f64>,
}

impl FromConfusion for ClassDistance {
    fn value(&self, matrix: &ConfusionMatrix) -> f64 {
        let classes = matrix.classes();
        let pairs = classes.iter().flat_map(|right| classes.iter().map(move |predicted| (*right, *predicted)));
        let places = pairs.map(|(right, predicted)| count(right.abs_diff(predicted)) * matrix.count(right, predicted));
        places.sum::<f64>() / matrix.total()
    }
}

/// How far apart two classes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disagreement {
    /// All different classes alike.
    #[default]
    Equal,
    /// By how many places they stand apart in the order of the classes that occur.
    Linear,
    /// By the square of that.
    Quadratic,
}

choices!(Disagreement: Equal, Linear, Quadratic);

impl Disagreement {
    fn of(self, apart: usize) -> f64 {
        match self {
            Self::Equal => f64::from(u8::from(apart > 0)),
            Self::Linear => count(apart),
            Self::Quadratic => count(apart) * count(apart),
        }
    }
}

counted!(measure: Mcc, CohenKappa, ClassDistance);
