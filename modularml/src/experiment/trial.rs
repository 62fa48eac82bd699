//! Trials: an experiment with other values of what may be chosen, as far as they are compared.

use std::sync::Arc;

use super::session::{Session, checked};
use crate::error::At as _;
use crate::plan::criterion::{Criterion, criterion};
use crate::plan::phase::Plan;
use crate::spec::{ChooseSpec, Describe, ExperimentSpec, ParameterSpec, SplitSpec, WithinFold};
use crate::text::List;
use crate::{Error, Result};

/// The name under which a seed is chosen.
const SEED: &str = "seed";

impl Session {
    /// The same, of a declared experiment: one that can be described with other parameters.
    #[doc(hidden)]
    #[must_use]
    pub fn described_by(mut self, describe: Describe) -> Self {
        self.describe = Some(describe);
        self
    }

    /// How what may be chosen is chosen.
    ///
    /// # Errors
    /// When the experiment does not say.
    pub(crate) fn choose(&self) -> Result<(&ChooseSpec, Criterion)> {
        let spec = self.spec();
        let choose = spec.choose.as_ref().ok_or_else(|| {
            let name = spec.name;
            Error::Data(format!(
                "`{name}` does not say how to choose; declare it: choose RandomSearch::trials(40) by regress.val.loss;"
            ))
        })?;
        // The rules have refused what names no value.
        let by = criterion(spec, choose)
            .ok_or_else(|| Error::Data("what a choice is made by is not measured".to_owned()))?;
        Ok((choose, by))
    }

    /// The description with other values: rows are divided as they are without them.
    ///
    /// # Errors
    /// When there is no such parameter, a rule refuses them, or they change how rows are divided.
    pub(crate) fn varied(&self, values: &[ParameterSpec]) -> Result<ExperimentSpec> {
        let own = self.spec();
        if values.is_empty() {
            return Ok(own.clone());
        }
        let describe = self.describe.ok_or_else(|| {
            Error::Data("a description that is read or built has no parameters; declare it by experiment!".to_owned())
        })?;
        let (seeds, parameters): (Vec<&ParameterSpec>, Vec<&ParameterSpec>) =
            values.iter().partition(|value| value.name == SEED);
        let given = own.all_parameters().filter(|own| parameters.iter().all(|value| value.name != own.name));
        let given: Vec<String> = given.chain(parameters.iter().copied()).map(ToString::to_string).collect();
        let mut spec = describe(&given)?;
        spec.seed = own.seed;
        if let Some(seed) = seeds.first() {
            spec.seed = seed.value.to_string().parse().map_err(|_| Error::Data(format!("{seed} is no seed")))?;
            spec.rows_seed = Some(self.seed());
        }
        if written(&spec.splits)? != written(&own.splits)? {
            return Err(Error::Data(format!(
                "{} changes how rows are divided, so that what it gives cannot be compared; leave it out of what may be chosen",
                words(values)
            )));
        }
        Ok(spec)
    }

    /// What is trained with these values to be compared: all phases up to the one that measures it, in the folds of the
    /// experiment, or in the inner folds of one of them.
    ///
    /// # Errors
    /// As [`Session::varied`], and when a rule refuses the values.
    pub(crate) fn trial(&self, values: &[ParameterSpec], within: Option<u32>, fold: u32) -> Result<Self> {
        let plan = self.checked_with(values)?;
        let (seed, wiring) = (self.seed_of(&plan), Arc::clone(&plan.wiring));
        let plan = Plan::of(compared(plan.spec, within), wiring)?;
        self.unbound().with_plan(plan).bind(seed, fold)
    }

    /// The description of such a trial.
    pub(crate) fn trial_spec(&self, values: &[ParameterSpec], within: Option<u32>) -> Result<ExperimentSpec> {
        Ok(compared(self.varied(values)?, within))
    }

    /// How many folds a trial is run in.
    pub(crate) fn folds_of_trial(&self, within: Option<u32>) -> Result<u32> {
        let folds = self.trial(&[], within, 0)?.folds()?.unwrap_or(1);
        Ok(u32::try_from(folds).unwrap_or(u32::MAX))
    }

    /// The session with these values, in a fold.
    ///
    /// # Errors
    /// As [`Session::trial`].
    pub(crate) fn with_values(&self, values: &[ParameterSpec], fold: u32) -> Result<Self> {
        if values.is_empty() {
            return self.again(self.seed(), fold);
        }
        let plan = self.checked_with(values)?;
        let seed = self.seed_of(&plan);
        self.unbound().with_plan(plan).bind(seed, fold)
    }

    /// The seed of a plan: its own where it is chosen, else that of the session.
    fn seed_of(&self, plan: &Plan) -> u64 {
        if plan.spec.rows_seed.is_some() { plan.spec.seed } else { self.seed() }
    }

    /// The plan with these values, when every rule takes them.
    pub(crate) fn checked_with(&self, values: &[ParameterSpec]) -> Result<Plan> {
        checked(self.varied(values)?).at(|| words(values))
    }
}

/// The values in words: `width=128, lr=0.001`.
pub(crate) fn words(values: &[ParameterSpec]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn written(splits: &List<SplitSpec>) -> Result<String> {
    serde_json::to_string(splits).map_err(|error| Error::Data(error.to_string()))
}

/// The description up to the phase that decides, in the folds that it decides in. What is reported is not there.
fn compared(spec: ExperimentSpec, within: Option<u32>) -> ExperimentSpec {
    let Some(choose) = spec.choose.clone() else { return spec };
    let last = criterion(&spec, &choose).map_or(spec.phases.len(), |by| by.phase + 1);
    let phases: Vec<_> = spec.phases.iter().take(last).cloned().collect();
    let splits: Vec<SplitSpec> = match (choose.within, within) {
        (Some(inner), Some(fold)) => {
            let inner_of = |statement: &SplitSpec| SplitSpec {
                splitter: inner.splitter,
                within: Some(WithinFold { folds: statement.splitter, fold }),
                ..statement.clone()
            };
            spec.splits.iter().map(|it| if it.splitter.folds { inner_of(it) } else { it.clone() }).collect()
        }
        _ => spec.splits.items().to_vec(),
    };
    ExperimentSpec { phases: phases.into(), splits: splits.into(), choices: List::EMPTY, choose: None, ..spec }
}
