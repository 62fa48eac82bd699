//! Searches, with what is reported of what they choose.

use super::choice::{Choice, choice};
use super::collect::first;
use super::comparing::{Comparing, Trial};
use super::item::Item;
use super::plan::ItemPlan;
use super::trials::of_trial;
use crate::error::At as _;
use crate::experiment::{FoldsResult, PhaseResult, Session};
use crate::plan::criterion::higher_is_better;
use crate::plan::site::evaluation;
use crate::record::Records;
use crate::search::AskTell;
use crate::spec::{ParameterSpec, Parameters};
use crate::{Error, Result};

/// What a search has found: what was chosen, and what the study reports with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SearchResult {
    /// What was chosen: once, or in each fold where each chooses for itself.
    pub choices: Vec<Choice>,
    /// What the folds come to with it; an experiment without folds has one.
    pub folds: FoldsResult,
    /// All parameters, with the values of what was not chosen.
    given: Vec<ParameterSpec>,
}

/// What a search of a declared study has found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Searched<R, P> {
    /// What the phases report with what was chosen.
    pub results: R,
    /// What was chosen: once, or in each fold where each chooses for itself.
    pub choices: Vec<Chosen<P>>,
}

/// What was chosen, with its type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Chosen<P> {
    /// All parameters, with those that were chosen. `study.chosen(&found.choices[0].choice)?` is the study with them, and
    /// with the seed, where that was chosen.
    pub parameters: P,
    /// What was chosen, by which value, and all trials.
    pub choice: Choice,
}

impl Session {
    /// Chooses as the experiment says, and runs all phases with what was chosen, in each fold where it has any. Trials and what
    /// is reported are recorded below the folder of the records, in that of a plan: a process that was stopped and runs it
    /// again goes on where it was, to the same bits.
    ///
    /// # Errors
    /// When the experiment does not say how to choose, a rule refuses what is tried, no trial can be chosen, a phase fails with
    /// what was chosen, or a signal asks the process to stop.
    pub fn search_in(&self, records: impl Into<Records>) -> Result<SearchResult> {
        self.choose()?;
        let collected = self.run_plan(&ItemPlan::of(self, &[self.seed()])?, records.into())?;
        let (choices, given) = (collected.choices.clone(), self.spec().all_parameters().copied().collect());
        Ok(SearchResult { choices, folds: collected.folds()?, given })
    }

    /// Runs one trial with these values, and tells what decides; of a trial that has run before what it told then. `within` is
    /// the fold that chooses, where each chooses for itself.
    ///
    /// # Errors
    /// When the experiment does not say by what to choose, there is no such parameter, a rule refuses a value, or the trial
    /// fails.
    pub fn trial_in(
        &self,
        values: &[ParameterSpec],
        within: Option<u32>,
        records: impl Into<Records>,
    ) -> Result<Trial> {
        let (choose, by) = self.choose()?;
        match (choose.within.is_some(), within) {
            (true, None) => {
                return Err(Error::Data(
                    "each fold chooses for itself; say for which one the trial is: --within 0, in Rust Some(0)"
                        .to_owned(),
                ));
            }
            (false, Some(fold)) => {
                return Err(Error::Data(format!(
                    "this experiment makes one choice for all folds, and none for fold {fold} alone; leave it out"
                )));
            }
            _ => {}
        }
        self.refuse_ranks()?;
        self.checked_with(values)?;
        let records = records.into();
        let folder = ItemPlan::folder_of_trials(self, records.folder())?;
        let records = records.below(folder.clone());
        let folds = self.folds_of_trial(within)?;
        let items = of_trial(self, &self.fingerprint()?, values, within, folds)?;
        let mut trial = Trial::of(values);
        let comparing = Comparing { session: self, folder: &folder, by, records: Some(&records) };
        comparing.compare(&items.iter().collect::<Vec<&Item>>(), &mut trial, None)?;
        Ok(trial)
    }

    /// Asks for values to try, runs the trial, and tells what it came to, until nothing more is asked. All trials are given, in
    /// order.
    ///
    /// # Errors
    /// As [`Session::trial_in`], but a trial that fails, or that a rule refuses, is told as NaN.
    pub fn ask_in(
        &self,
        adviser: &mut dyn AskTell,
        within: Option<u32>,
        records: impl Into<Records>,
    ) -> Result<Vec<Trial>> {
        let (records, mut trials) = (records.into(), Vec::new());
        let higher_is_better = self.higher_is_better()?;
        while let Some(values) = adviser.ask(self.spec().choices.items())? {
            let trial = match self.trial_in(&values, within, records.clone()) {
                // Who asks need not know the rules.
                Err(Error::Refused(mistakes)) => Trial { failed: Some(mistakes.join("; ")), ..Trial::of(&values) },
                trial => trial?,
            };
            adviser.tell(&values, trial.value, higher_is_better)?;
            trials.push(trial);
        }
        Ok(trials)
    }
}

impl SearchResult {
    /// The results of all phases, of an experiment without folds.
    #[must_use]
    pub fn results(&self) -> Vec<PhaseResult> {
        first(&self.folds)
    }

    /// The same with types.
    ///
    /// # Errors
    /// When what was found is of another experiment.
    #[doc(hidden)]
    pub fn typed<R, P: Parameters>(self, results: impl FnOnce(&Self) -> Result<R>) -> Result<Searched<R, P>> {
        let results = results(&self)?;
        let typed = |choice: Choice| {
            let mut parameters = P::DEFAULT;
            for value in self.given.iter().chain(choice.values.iter().filter(|value| value.name != "seed")) {
                parameters.set(value.name, &value.value.to_string())?;
            }
            Ok(Chosen { parameters, choice })
        };
        Ok(Searched { choices: self.choices.iter().cloned().map(typed).collect::<Result<_>>()?, results })
    }
}

impl Session {
    /// Whether a higher value of what decides is better.
    ///
    /// # Errors
    /// When the experiment does not say by what to choose.
    pub fn higher_is_better(&self) -> Result<bool> {
        let (_, by) = self.choose()?;
        Ok(evaluation(self.spec(), by.phase, by.evaluation)
            .and_then(|eval| higher_is_better(eval, by.name))
            .unwrap_or(false))
    }

    /// Rule: trials are run on one rank each.
    pub(super) fn refuse_ranks(&self) -> Result<()> {
        if self.sharing().is_some_and(|sharing| sharing.size() > 1) {
            return Err(Error::Data(
                "a search does not run on several ranks; run `search --jobs 4` without mpirun, or plan and submit its items".to_owned(),
            ));
        }
        Ok(())
    }

    /// What is chosen for an item that reports, as its trials say.
    pub(super) fn chosen_for(
        &self,
        (plan, folder): (&ItemPlan, &std::path::Path),
        item: &Item,
        records: &Records,
    ) -> Result<Vec<ParameterSpec>> {
        if self.spec().choose.is_none() {
            return Ok(Vec::new());
        }
        self.refuse_ranks()?;
        let choice = choice(self, (plan, folder), item, Some(records));
        Ok(choice.at(|| "the choice".to_owned())?.values)
    }
}
