//! What the items of a plan have come to.

use std::path::Path;

use super::item::Item;
use super::plan::ItemPlan;
use crate::experiment::{FoldsResult, Session};
use crate::record::RunRecord;
use crate::{Error, Result};

/// How far an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It was never begun.
    Missing,
    /// It has not finished: a process runs it, or was stopped or killed meanwhile.
    Unfinished,
    /// It has failed, for this reason.
    Failed(String),
    /// All of its results are there.
    Finished,
}

/// What the items of a plan have come to so far.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Collected {
    /// Each item, and how far it is.
    pub items: Vec<(Item, ItemState)>,
    /// By seed of which all items have finished, what the folds come to.
    pub by_seed: Vec<(u64, FoldsResult)>,
}

impl ItemPlan {
    /// How far an item is, by its folder beside the plan.
    ///
    /// # Errors
    /// When its folder cannot be read.
    pub fn state(&self, folder: impl AsRef<Path>, item: &Item) -> Result<ItemState> {
        let folder = folder.as_ref().join(&item.id);
        if !RunRecord::is_run(&folder) {
            return Ok(ItemState::Missing);
        }
        let run = RunRecord::open(folder)?;
        let manifest = run.manifest();
        Ok(match manifest.outcome.strip_prefix("failed: ") {
            Some(why) => ItemState::Failed(why.to_owned()),
            None if manifest.is_finished() => ItemState::Finished,
            None => ItemState::Unfinished,
        })
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
        let items = plan.items.iter().map(|item| Ok((item.clone(), plan.state(folder, item)?)));
        let items: Vec<(Item, ItemState)> = items.collect::<Result<_>>()?;
        let mut by_seed: Vec<(u64, FoldsResult)> = Vec::new();
        for (first, _) in items.iter().filter(|(item, _)| item.fold == 0) {
            let of_seed = items.iter().filter(|(item, _)| item.seed == first.seed);
            if of_seed.clone().any(|(_, state)| *state != ItemState::Finished) {
                continue;
            }
            let results = of_seed.map(|(item, _)| self.finished_item(folder, item)).collect::<Result<_>>()?;
            by_seed.push((first.seed, self.again(first.seed, 0)?.over_folds(results)?));
        }
        Ok(Collected { items, by_seed })
    }
}

impl Collected {
    /// The items that have not finished.
    pub fn unfinished(&self) -> impl Iterator<Item = &(Item, ItemState)> {
        self.items.iter().filter(|(_, state)| *state != ItemState::Finished)
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

impl ItemState {
    /// The state behind "item 4f1c2a".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Missing => "was never begun".to_owned(),
            Self::Unfinished => "was begun and has not finished".to_owned(),
            Self::Failed(why) => format!("has failed: {why}"),
            Self::Finished => "has finished".to_owned(),
        }
    }
}
