//! Runs items, each in its folder beside the plan.

use std::path::Path;

use super::item::Item;
use super::plan::ItemPlan;
use crate::error::At as _;
use crate::experiment::{FoldsResult, PhaseResult, Session};
use crate::record::{Records, RunRecord, Signals, finished};
use crate::{Error, Result};

impl Session {
    /// Runs an item of a plan in its folder, and gives its results. One that has finished is not run again, and one that was
    /// stopped or has failed goes on from its newest checkpoint. This session stays as it is; it has the data of the plan.
    /// The records say what is recorded; their folder is that of the plan.
    ///
    /// # Errors
    /// When the plan is of another description, other data or another program, another process runs the item, or a phase fails.
    pub fn run_item(&self, plan: &ItemPlan, item: &Item, records: impl Into<Records>) -> Result<Vec<PhaseResult>> {
        plan.check(self)?;
        match self.item(item, records.into()) {
            Err(stopped @ Error::Interrupted { .. }) => Err(stopped),
            ended => ended.at(|| format!("item {} (seed {}, fold {})", item.id, item.seed, item.fold)),
        }
    }

    /// The same for all items, one after the other: they are tried whether others fail or not.
    ///
    /// # Errors
    /// As [`Session::run_item`], of the first that fails, and where a signal asks the process to stop.
    pub fn run_items(&self, plan: &ItemPlan, records: impl Into<Records>) -> Result<()> {
        plan.check(self)?;
        let records = records.into();
        // Also a signal between two items is heard.
        let _signals = Signals::watch()?;
        let mut first = Ok(());
        for item in &plan.items {
            match self.run_item(plan, item, records.clone()) {
                Err(stopped @ Error::Interrupted { .. }) => return Err(stopped),
                Err(error) if first.is_ok() => first = Err(error),
                _ => {}
            }
        }
        first
    }

    /// Runs all phases in each fold, each recorded in a folder of its own below that of the plan, `plan-<digits>` below the
    /// folder of the records: a process that was stopped and runs it again goes on where it was, to the same bits.
    ///
    /// # Errors
    /// When the experiment declares no folds, a phase fails in one of them, or a signal asks the process to stop.
    pub fn run_folds_in(&self, records: impl Into<Records>) -> Result<FoldsResult> {
        if self.folds()?.is_none() {
            return self.run_folds();
        }
        let (plan, mut records) = (ItemPlan::of(self, &[self.seed()])?, records.into());
        let folder = plan.folder_in(records.folder());
        plan.write(&folder)?;
        records = records.below(folder.clone());
        self.run_items(&plan, records)?;
        self.collect(&plan, folder)?.folds()
    }

    fn item(&self, item: &Item, records: Records) -> Result<Vec<PhaseResult>> {
        let mut session = self.again(item.seed, item.fold)?;
        let records = records.in_run(&item.id);
        // A process that was killed may have made the folder and no more.
        if RunRecord::is_run(records.folder()) {
            return session.resume_in(records.folder());
        }
        session.run_in(records)
    }

    /// The results of an item that has finished, with all that a checkpoint keeps beside them.
    pub(super) fn finished_item(&self, folder: &Path, item: &Item) -> Result<Vec<PhaseResult>> {
        finished(&self.again(item.seed, item.fold)?, &folder.join(&item.id))
    }
}
