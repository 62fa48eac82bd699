//! What the items of a plan have come to.

use std::path::Path;

use super::choice::{Choice, choice};
use super::item::Item;
use super::plan::ItemPlan;
use super::state::{ItemState, state};
use crate::experiment::{FoldsResult, PhaseResult, Session};
use crate::record::finished;
use crate::{Error, Result};

/// What the items of a plan have come to so far.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Collected {
    /// Each item, and how far it is.
    pub items: Vec<(Item, ItemState)>,
    /// By seed of which all items have finished, what the folds come to.
    pub by_seed: Vec<(u64, FoldsResult)>,
    /// What was chosen under these seeds, where anything is.
    pub choices: Vec<Choice>,
}

impl ItemPlan {
    /// How far an item is, by its folder beside the plan.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub fn state(&self, folder: impl AsRef<Path>, item: &Item) -> Result<ItemState> {
        state(folder.as_ref(), item)
    }
}

impl Session {
    /// Collects the results of a plan from the folder that it is in. Nothing is run.
    ///
    /// # Errors
    /// When the plan is of another description, other data or another program, or what an item has left cannot be read.
    pub fn collect(&self, plan: &ItemPlan, folder: impl AsRef<Path>) -> Result<Collected> {
        plan.check(self)?;
        let folder = folder.as_ref();
        let items = plan.items.iter().map(|item| Ok((item.clone(), state(folder, item)?)));
        let items: Vec<(Item, ItemState)> = items.collect::<Result<_>>()?;
        let reporting: Vec<&(Item, ItemState)> = items.iter().filter(|(item, _)| !item.is_trial()).collect();
        let (mut by_seed, mut choices) = (Vec::new(), Vec::new());
        for (first, _) in reporting.iter().filter(|(item, _)| item.fold == 0) {
            let of_seed = reporting.iter().filter(|(item, _)| item.seed == first.seed);
            if of_seed.clone().any(|(_, state)| *state != ItemState::Finished) {
                continue;
            }
            let session = self.seeded(first.seed)?;
            let (mut results, mut chosen) = (Vec::new(), Vec::<Choice>::new());
            for (item, _) in of_seed {
                // One that is made for all folds is made once.
                if self.spec().choose.is_some() && chosen.last().is_none_or(|choice| choice.fold.is_some()) {
                    chosen.push(choice(&session, (plan, folder), item, None)?);
                }
                let values = chosen.last().map(|choice| choice.values.clone()).unwrap_or_default();
                results.push(finished(&session.with_values(&values, item.fold)?, &folder.join(&item.id))?);
            }
            choices.append(&mut chosen);
            by_seed.push((first.seed, session.over_folds(results)?));
        }
        Ok(Collected { items, by_seed, choices })
    }
}

impl Collected {
    /// The items that have not finished. A trial that has failed was not chosen, and is none of them where its choice was made.
    pub fn unfinished(&self) -> impl Iterator<Item = &(Item, ItemState)> {
        let is_chosen = |seed| self.by_seed.iter().any(|(of, _)| *of == seed);
        self.items
            .iter()
            .filter(move |(item, state)| *state != ItemState::Finished && !(item.is_trial() && is_chosen(item.seed)))
    }

    /// What the folds come to under the one seed of the plan.
    ///
    /// # Errors
    /// When items are missing, have failed or have not finished, or there are several seeds.
    pub fn folds(self) -> Result<FoldsResult> {
        let first = self.unfinished().next().map(|(item, state)| format!("item {} {}", item.id, state.words()));
        let count = self.unfinished().count();
        if let Some(first) = first {
            let all = self.items.len();
            return Err(Error::Data(format!(
                "{count} of {all} items have not finished: {first}; run them, and collect again"
            )));
        }
        let mut seeds = self.by_seed.into_iter();
        match (seeds.next(), seeds.next()) {
            (Some((_, folds)), None) => Ok(folds),
            _ => Err(Error::Data("the plan is of several seeds; `by_seed` has the folds of each".to_owned())),
        }
    }
}

/// The results of one fold of a result.
pub(super) fn first(folds: &FoldsResult) -> Vec<PhaseResult> {
    folds.by_fold().first().cloned().unwrap_or_default()
}
