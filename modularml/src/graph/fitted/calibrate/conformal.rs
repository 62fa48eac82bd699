//! Intervals with a coverage.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::target::Target;
use crate::graph::layer::{BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// An interval around a predicted number, in which the target lies with a probability: split conformal prediction (Vovk,
/// Gammerman and Shafer, 2005; Lei et al., 2018).
///
/// It reads a node that predicts numbers, and predicts the same column: the output has three numbers for each, behind its
/// axes, which are the lower end, the prediction and the upper end, as [`IntervalCoverage`] and [`IntervalWidth`] take them. Both
/// ends are the error away that `coverage` of the rows do not exceed: of n absolute errors in their order the one at
/// ceil((n + 1) coverage). Where rows to come are like those that it is fitted to, the target lies in the interval with that
/// probability at least, whatever the model and the distribution of errors. Each number of a target has its own width. It is
/// fitted in a later phase, to rows of a split that what it reads has not learned from: n must be coverage / (1 - coverage) or
/// more. Rows cannot weigh more than others. No gradient passes.
///
/// ```
/// use modularml::graph::fitted::Conformal;
///
/// let between = Conformal::coverage(0.9);
/// ```
///
/// [`IntervalCoverage`]: crate::experiment::metric::IntervalCoverage
/// [`IntervalWidth`]: crate::experiment::metric::IntervalWidth
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Several(3), learns = Learns::ByFit(Fitting::to(Predicts::Numbers).on_rows_apart()), passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Conformal {
    /// The probability with which the target lies in the interval.
    #[setting(first, above = 0.0, below = 1.0)]
    coverage: f64,
}

impl BuildLayer for Conformal {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (inputs, outputs) = (build.input_width()?, build.output_width()?);
        if inputs.checked_mul(3) != Some(outputs) {
            return Err(Error::Component(format!(
                "Conformal gives three numbers for each that it reads; found {outputs} for {inputs}"
            )));
        }
        Running::<Fitted>::boxed(self.coverage, &self.spec(), build)
    }
}

struct Fitted {
    /// By number of the target, how far both ends are away.
    errors: Vec<f64>,
}

impl Model for Fitted {
    type Settings = f64;

    const NAME: &'static str = "Conformal";

    fn fit(coverage: &f64, rows: Rows) -> Result<Self> {
        let Target::Numbers { values, .. } = &rows.target else {
            return Err(Error::Component("Conformal predicts numbers".to_owned()));
        };
        let (predicted, count, width) = (rows.table.numbers(), rows.table.len(), rows.table.width());
        if values.len() != predicted.len() {
            let found = values.len() / count.max(1);
            return Err(Error::Component(format!(
                "Conformal reads a prediction for each number of the target: found {width} for {found}"
            )));
        }
        let Some(place) = place(*coverage, count) else {
            return Err(Error::Component(format!(
                "Conformal::coverage({coverage}) needs {} rows to be fitted to, found {count}; make its split larger, or \
                 the coverage smaller",
                least_rows(*coverage)
            )));
        };
        let error_of = |number: usize| {
            let each = values.iter().zip(predicted).skip(number).step_by(width.max(1));
            let mut errors: Vec<f64> = each.map(|(value, predicted)| (value - predicted).abs()).collect();
            errors.sort_by(f64::total_cmp);
            errors.get(place).copied().unwrap_or(f64::INFINITY)
        };
        let errors: Vec<f64> = (0..width).map(error_of).collect();
        if errors.iter().any(|error| !error.is_finite()) {
            return Err(Error::Component("Conformal: errors are too large for their numbers".to_owned()));
        }
        Ok(Self { errors })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        for ((output, predicted), error) in outputs.chunks_exact_mut(3).zip(row).zip(&self.errors) {
            output.copy_from_slice(&[predicted - error, *predicted, predicted + error]);
        }
    }

    fn save(&self) -> Entries {
        Entries::default().numbers("errors", &[self.errors.len()], &self.errors)
    }

    fn load(_: &f64, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let errors = saved.numbers("errors", &[sizes.inputs])?;
        match errors.iter().find(|error| **error < 0.0) {
            Some(error) => Err(Error::State(format!("`errors` holds {error}, numbers from 0 on are needed"))),
            None => Ok(Self { errors }),
        }
    }
}

/// The position of the error among so many that is kept, from 0; none where there are too few.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of rows are far below 2^53, and the place is above 0"
)]
fn place(coverage: f64, count: usize) -> Option<usize> {
    // What rounding adds to a whole number is not the next one: 10 * 0.9 is 9.
    let place = ((count + 1) as f64 * coverage * (1.0 - 4.0 * f64::EPSILON)).ceil() as usize;
    (place <= count).then(|| place.saturating_sub(1))
}

/// How many rows are needed.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it only tells of large numbers")]
fn least_rows(coverage: f64) -> usize {
    let about = (coverage / (1.0 - coverage)).floor() as usize;
    (about.saturating_sub(1)..=about.saturating_add(2))
        .find(|&count| place(coverage, count).is_some())
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{least_rows, place};

    #[test]
    fn the_place_is_that_of_the_formula() {
        // ceil((n + 1) coverage), counted from 1, in exact fractions.
        let places = [(0.9, 9, Some(8)), (0.9, 8, None), (0.9, 19, Some(17)), (0.9, 20, Some(18)), (0.5, 1, Some(0))];
        for (coverage, count, expected) in places {
            assert_eq!(place(coverage, count), expected, "{coverage} of {count}");
        }
        for (percent, least) in [(50, 1), (80, 4), (90, 9), (95, 19), (99, 99)] {
            assert_eq!(least_rows(f64::from(percent) / 100.0), least);
        }
        for count in 1..2000usize {
            let expected = ((count + 1) * 95).div_ceil(100);
            assert_eq!(place(0.95, count), (expected <= count).then(|| expected - 1), "{count}");
        }
    }
}
