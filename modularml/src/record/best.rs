//! The checkpoints behind the best values of evaluations during training.

use serde::{Deserialize, Serialize};

use super::settings::KeepBest;
use crate::experiment::{ExperimentSpec, Run, Session, ValidationSpec, Watched, missing};
use crate::spec::term::{are_told, name_of};
use crate::text::{Name, intern};
use crate::{Error, Result};

/// A measured value that is followed, and the checkpoints that its best values have.
pub(super) struct Best {
    followed: Option<Followed>,
    kept: Vec<Kept>,
}

/// A checkpoint, and what was measured when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    checkpoint: u64,
    epoch: usize,
    value: f64,
}

/// A value of an evaluation in a train phase.
struct Followed {
    phase: Name,
    of: Watched,
    most: usize,
}

impl Followed {
    /// # Errors
    /// When no phase measures it; the near names are told.
    fn of(spec: &ExperimentSpec, keep: &KeepBest) -> Result<Self> {
        let measured = all_measured(spec);
        let named = |(phase, of): &(Name, Watched)| format!("{phase}.{}.{}", of.evaluation, of.name);
        if let Some((phase, of)) = measured.iter().copied().find(|it| named(it) == keep.of) {
            return Ok(Self { phase, of, most: keep.count.max(1) });
        }
        if measured.is_empty() {
            let problem = format!(
                "no checkpoints are best by `{}`: no phase of experiment `{}` measures anything by `validate`",
                keep.of, spec.name
            );
            return Err(Error::Unknown { what: "measured value", name: keep.of.clone(), problem });
        }
        let known: Vec<Name> = measured.iter().map(|it| intern(&named(it))).collect();
        Err(missing("measured value", &keep.of, &known, &format!("experiment `{}`", spec.name)))
    }

    /// Whether a value is better than another; of equal ones the earlier stays.
    fn is_better(&self, value: f64, other: f64) -> bool {
        if self.of.higher_is_better { value > other } else { value < other }
    }
}

/// What train phases measure by `validate`, with the phase.
fn all_measured(spec: &ExperimentSpec) -> Vec<(Name, Watched)> {
    let trains = spec.phases.iter().filter_map(|phase| Some((phase.name, phase.kind.train()?)));
    let validations = trains.flat_map(|(phase, train)| train.validations.iter().map(move |it| (phase, it)));
    let mut all = Vec::new();
    for (phase, ValidationSpec { name: evaluation, eval, .. }) in validations {
        let of = |name: Name, higher_is_better: bool| (phase, Watched { evaluation, name, higher_is_better });
        all.extend((!eval.loss.is_empty()).then(|| of("loss", false)));
        if are_told(eval.loss.items()) {
            let labels = eval.loss.iter().filter_map(|term| term.label);
            all.extend(labels.map(|label| of(name_of(label), false)));
        }
        all.extend(eval.metrics.iter().map(|metric| of(metric.name, metric.metric.higher_is_better)));
    }
    all
}

impl Best {
    /// # Errors
    /// When no phase measures what is asked for.
    pub(super) fn new(session: &Session, keep: Option<&KeepBest>, kept: Vec<Kept>) -> Result<Self> {
        Ok(Self { followed: keep.map(|keep| Followed::of(session.spec(), keep)).transpose()?, kept })
    }

    /// Where the last measured value stands among the best, where it is one and no checkpoint was made of it.
    fn place(&self, run: &Run<'_>) -> Option<(usize, usize, f64)> {
        let followed = self.followed.as_ref()?;
        let (epoch, value) = run.last_measured(followed.phase, (followed.of.evaluation, followed.of.name))?;
        let place = self.kept.iter().position(|kept| followed.is_better(value, kept.value)).unwrap_or(self.kept.len());
        let is_new = self.kept.iter().all(|kept| kept.epoch != epoch);
        // JSON has neither NaN nor infinity.
        (is_new && value.is_finite() && place < followed.most).then_some((place, epoch, value))
    }

    /// Whether the last measured value is one of the best, so that a checkpoint should be made now.
    pub(super) fn improves(&self, run: &Run<'_>) -> bool {
        self.place(run).is_some()
    }

    /// Takes in that a checkpoint is made.
    pub(super) fn note(&mut self, run: &Run<'_>, checkpoint: u64) {
        if let (Some((place, epoch, value)), Some(followed)) = (self.place(run), &self.followed) {
            self.kept.insert(place, Kept { checkpoint, epoch, value });
            self.kept.truncate(followed.most);
        }
    }

    /// The best, the best of them first.
    pub(super) fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// The numbers of their checkpoints.
    pub(super) fn checkpoints(&self) -> Vec<u64> {
        self.kept.iter().map(|kept| kept.checkpoint).collect()
    }
}
