//! Measured values that callbacks watch.

use super::criterion::higher_is_better;
use super::site::validation_named;
use crate::spec::TrainSpec;
use crate::spec::callback::{VAL, in_evaluation};
use crate::text::Name;

/// A measured value that something acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The evaluation that measures it: `val`, or the name that is written behind `validate`.
    pub evaluation: Name,
    /// `loss`, a term of it as `terms.recon`, or the name of a metric.
    pub name: Name,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
}

impl Watched {
    /// That of a name in a train phase: `far.rmse`.
    pub(crate) fn of(train: &TrainSpec, path: Name) -> Self {
        let (evaluation, name) = in_evaluation(path).unwrap_or((VAL, path));
        let of_phase = validation_named(train, evaluation).and_then(|at| train.validations.items().get(at));
        let higher_is_better =
            of_phase.and_then(|validation| higher_is_better(&validation.eval, name)).unwrap_or(false);
        Self { evaluation, name, higher_is_better }
    }

    /// The value that a callback of a single one watches.
    pub(crate) fn first(watched: &[Self]) -> Self {
        watched.first().copied().unwrap_or(Self { evaluation: VAL, name: "loss", higher_is_better: false })
    }
}
