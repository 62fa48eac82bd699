//! Trials: an experiment with other values of what may be chosen, as far as they are compared.

use std::sync::Arc;

use super::session::{Session, checked};
use crate::error::At as _;
use crate::plan::criterion::{Criterion, criterion};
use crate::plan::phase::Plan;
use crate::plan::site::evaluation;
use crate::spec::term::label_in;
use crate::spec::{
    ChooseSpec, Describe, Domain, ExperimentSpec, ParameterSpec, ParameterValue, ScaleSpec, SplitSpec, Units,
    WithinFold, parameters_in,
};
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
        let declared = describe(&own.all_parameters().map(ToString::to_string).collect::<Vec<_>>())?.seed;
        match seeds.first() {
            Some(seed) => {
                spec.seed = seed.value.to_string().parse().map_err(|_| Error::Data(format!("{seed} is no seed")))?;
                spec.rows_seed = Some(self.seed());
            }
            // A parameter that the seed is made of.
            None if spec.seed != declared => spec.rows_seed = Some(self.seed()),
            None => spec.seed = own.seed,
        }
        if let Some(what) = differs(own, &spec)? {
            let values = words(values);
            return Err(Error::Data(format!(
                "{values} changes {what}, so that trials cannot be compared; vary something else"
            )));
        }
        Ok(spec)
    }

    /// The values of what may be chosen in a description that a run was made with, under a seed.
    pub(crate) fn values_in(&self, description: &str, seed: u64) -> Vec<ParameterSpec> {
        let made = parameters_in(description.as_bytes());
        let chosen =
            self.spec().choices.iter().filter_map(|choice| match made.iter().find(|it| it.name == choice.name) {
                None if choice.name == SEED => Some(ParameterSpec { name: SEED, value: ParameterValue::seed(seed) }),
                found => found.copied(),
            });
        chosen.collect()
    }

    /// The session with what was chosen, in the fold that has chosen it for itself; nothing is trained yet.
    ///
    /// # Errors
    /// When it was chosen in another experiment.
    #[doc(hidden)]
    pub fn with_choice(&self, values: &[ParameterSpec], fold: Option<u32>) -> Result<Self> {
        self.with_values(values, fold.unwrap_or(0))
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
        self.bound_to(plan, seed, fold)
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
        self.bound_to(plan, seed, fold)
    }

    /// A session of another plan on the same data and ranks.
    fn bound_to(&self, plan: Plan, seed: u64, fold: u32) -> Result<Self> {
        let mut session = self.unbound().with_plan(plan).bind(seed, fold)?;
        session.sharing.clone_from(&self.sharing);
        Ok(session)
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

/// In what two descriptions differ that makes what decides incomparable.
fn differs(own: &ExperimentSpec, other: &ExperimentSpec) -> Result<Option<&'static str>> {
    let (own, other) = (compared_by(own)?, compared_by(other)?);
    let what = ["how rows are divided", "how what decides is measured", "the unit of what decides"];
    Ok(own.iter().zip(&other).zip(what).find(|((own, other), _)| own != other).map(|(_, what)| what))
}

/// What must be the same in all trials: how rows are divided, how what decides is measured, and in which unit.
fn compared_by(spec: &ExperimentSpec) -> Result<[String; 3]> {
    let json = |value: serde_json::Result<String>| value.map_err(|error| Error::Data(error.to_string()));
    let Some(choose) = &spec.choose else { return Ok(Default::default()) };
    let by = criterion(spec, choose);
    let eval = by.and_then(|by| Some((by.name, evaluation(spec, by.phase, by.evaluation)?)));
    let measured = eval.map(|(name, eval)| {
        // A term is measured before its weight, which may be another one.
        let term = eval.loss.iter().find(|term| term.label.is_some() && term.label == label_in(name));
        let term = term.map(|term| (&term.loss, &term.inputs));
        (Some(&eval.loss).filter(|_| name == "loss"), term, eval.metrics.iter().find(|metric| metric.name == name))
    });
    // A loss is compared in the unit that scalers leave, and so is a metric that says so.
    let is_scaled = measured.is_some_and(|(loss, term, metric)| {
        loss.is_some() || term.is_some() || metric.is_some_and(|metric| matches!(metric.units, Some(Units::Scaled)))
    });
    let targets: Vec<&ScaleSpec> = spec.scales.iter().filter(|scale| is_scaled && is_target(spec, scale)).collect();
    Ok([
        json(serde_json::to_string(&(&spec.splits, &choose.within)))?,
        json(serde_json::to_string(&measured))?,
        json(serde_json::to_string(&targets))?,
    ])
}

fn is_target(spec: &ExperimentSpec, scale: &ScaleSpec) -> bool {
    let input = spec.graph.inputs.iter().find(|input| input.name == scale.input);
    let column = input.and_then(|input| input.schema.column(scale.column));
    column.is_some_and(|column| column.domain == Domain::Target)
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
