//! Calibration by a sigmoid.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::of_classes::{OfClass, apart, together};
use crate::graph::layer::{BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// Probabilities that are made to agree with how often they come true, by a sigmoid of what a model gives (Platt, 1999), as
/// `CalibratedClassifierCV(FrozenEstimator(model), method="sigmoid")` of scikit-learn.
///
/// It reads a node that gives a score or a probability for each class, or one for a bool, and predicts the same column:
/// P(c | s) = 1 / (1 + exp(a s + b)), of several classes each against all others, divided by their sum; of two classes that
/// of the second. a and b are the likeliest, with (n + 1) / (n + 2) in place of 1 for the n rows of the class and 1 / (m + 2)
/// in place of 0 for the m others; they are found by Newton's method (Lin, Lin and Weng, 2007). It is fitted in a later phase,
/// to rows of a split that what it reads has not learned from. Rows that weigh more count as so many equal rows. No gradient
/// passes.
///
/// ```
/// use modularml::graph::fitted::Platt;
///
/// let calibrated = Platt::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 0 }, learns = Learns::ByFit(Fitting::to(Predicts::Classes).weighing_rows().on_rows_apart()), passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Platt;

impl BuildLayer for Platt {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed((), &self.spec(), build)
    }
}

struct Fitted {
    /// By class, or of one alone.
    slopes: Vec<f64>,
    intercepts: Vec<f64>,
}

impl Model for Fitted {
    type Settings = ();

    const NAME: &'static str = "Platt";

    const APART: bool = true;

    fn fit((): &(), rows: Rows) -> Result<Self> {
        let fitted = apart(Self::NAME, &rows)?.iter().map(sigmoid).collect::<Option<Vec<_>>>();
        let Some(fitted) = fitted else {
            return Err(Error::Component(
                "Platt: what it reads is too large for its squares; read probabilities".to_owned(),
            ));
        };
        let (slopes, intercepts) = fitted.into_iter().unzip();
        Ok(Self { slopes, intercepts })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        let (slopes, intercepts) = (&self.slopes, &self.intercepts);
        together(row, outputs, |class, score| match (slopes.get(class), intercepts.get(class)) {
            (Some(slope), Some(intercept)) => probability(slope * score + intercept),
            _ => 0.0,
        });
    }

    fn save(&self) -> Entries {
        let shape = [self.slopes.len()];
        Entries::default().numbers("slopes", &shape, &self.slopes).numbers("intercepts", &shape, &self.intercepts)
    }

    fn load((): &(), sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let shape = [if sizes.outputs == 2 { 1 } else { sizes.outputs }];
        Ok(Self { slopes: saved.numbers("slopes", &shape)?, intercepts: saved.numbers("intercepts", &shape)? })
    }
}

/// 1 / (1 + exp(x)), without overflow.
fn probability(x: f64) -> f64 {
    if x >= 0.0 { (-x).exp() / (1.0 + (-x).exp()) } else { 1.0 / (1.0 + x.exp()) }
}

/// The likeliest slope and intercept; none where they are not finite.
fn sigmoid(of: &OfClass) -> Option<(f64, f64)> {
    let weight_of = |wanted: bool| -> f64 {
        of.is_class.iter().zip(&of.weights).filter(|(is, _)| **is == wanted).map(|(_, weight)| weight).sum()
    };
    let (with, without) = (weight_of(true), weight_of(false));
    let (high, low) = ((with + 1.0) / (with + 2.0), 1.0 / (without + 2.0));
    let rows = || of.scores.iter().zip(&of.is_class).zip(&of.weights);
    let target = |is_class: bool| if is_class { high } else { low };
    // -log of the likelihood of t where P = 1 / (1 + exp(x)), without overflow.
    let loss_of = |x: f64, t: f64| if x >= 0.0 { t * x + (-x).exp().ln_1p() } else { (t - 1.0) * x + x.exp().ln_1p() };
    let loss = |a: f64, b: f64| -> f64 {
        rows().map(|((score, is_class), weight)| weight * loss_of(a * score + b, target(*is_class))).sum()
    };
    let (mut a, mut b) = (0.0, ((without + 1.0) / (with + 1.0)).ln());
    let mut least = loss(a, b);
    for _ in 0..100 {
        let (mut of_a, mut of_b, mut aa, mut ab, mut bb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for ((score, is_class), weight) in rows() {
            let p = probability(a * score + b);
            let (first, second) = (weight * (target(*is_class) - p), weight * p * (1.0 - p));
            of_a += first * score;
            of_b += first;
            aa += second * score * score;
            ab += second * score;
            bb += second;
        }
        let determinant = aa * bb - ab * ab;
        let (step_a, step_b) = ((ab * of_b - bb * of_a) / determinant, (ab * of_a - aa * of_b) / determinant);
        if !(step_a.is_finite() && step_b.is_finite()) {
            break;
        }
        let descent = of_a * step_a + of_b * step_b;
        let mut size = 1.0;
        loop {
            let next = loss(a + size * step_a, b + size * step_b);
            if next < least + 1e-4 * size * descent {
                (a, b, least) = (a + size * step_a, b + size * step_b, next);
                break;
            }
            size /= 2.0;
            if size < 1e-10 {
                // As low as the numbers tell.
                return (a.is_finite() && b.is_finite() && least.is_finite()).then_some((a, b));
            }
        }
    }
    (a.is_finite() && b.is_finite() && least.is_finite()).then_some((a, b))
}
