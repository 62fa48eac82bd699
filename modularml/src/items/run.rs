//! Runs items, each in its folder beside the plan.

use super::collect::Collected;
use super::comparing::Comparing;
use super::item::Item;
use super::plan::ItemPlan;
use super::state::{ItemState, state};
use crate::error::At as _;
use crate::experiment::{FoldsResult, PhaseResult, Session};
use crate::record::{Records, RunRecord, Signals, Until};
use crate::{Error, Result};

impl Session {
    /// Runs an item of a plan in its folder, and gives its results. One that has finished is not run again, and one that was
    /// stopped or has failed goes on from its newest checkpoint. One that reports with what was chosen runs the trials first
    /// that have not run. This session stays as it is; it has the data of the plan. The records say what is recorded; their
    /// folder is that of the plan.
    ///
    /// # Errors
    /// When the plan is of another description, other data or another program, another process runs the item, or a phase fails.
    pub fn run_item(&self, plan: &ItemPlan, item: &Item, records: impl Into<Records>) -> Result<Vec<PhaseResult>> {
        plan.check(self)?;
        self.item(plan, item, &records.into()).at(|| format!("item {} ({})", item.id, item.words()))
    }

    /// The same for all items, one after the other: they are tried whether others fail or not.
    ///
    /// # Errors
    /// As [`Session::run_item`], of the first that fails, and where a signal asks the process to stop. A trial that fails is
    /// not chosen, and no error.
    pub fn run_items(&self, plan: &ItemPlan, records: impl Into<Records>) -> Result<()> {
        plan.check(self)?;
        let records = records.into();
        // Also a signal between two items is heard.
        let _signals = Signals::watch()?;
        let mut first = Ok(());
        for item in &plan.items {
            match self.run_item(plan, item, records.clone()) {
                Err(stopped @ Error::Interrupted { .. }) => return Err(stopped),
                Err(error) if first.is_ok() && !item.is_trial() => first = Err(error),
                _ => {}
            }
        }
        first
    }

    /// Runs all phases in each fold, each recorded in a folder of its own below that of the plan, `plan-<digits>` below the
    /// folder of the records: a process that was stopped and runs it again goes on where it was, to the same bits. Where the
    /// experiment chooses, [`Session::search_in`] tells what was chosen as well.
    ///
    /// # Errors
    /// When the experiment declares no folds, a phase fails in one of them, or a signal asks the process to stop.
    pub fn run_folds_in(&self, records: impl Into<Records>) -> Result<FoldsResult> {
        if self.folds()?.is_none() {
            return self.run_folds();
        }
        self.run_plan(&ItemPlan::of(self, &[self.seed()])?, records.into())?.folds()
    }

    /// Runs a plan in its folder below that of the records, and collects it.
    pub(super) fn run_plan(&self, plan: &ItemPlan, records: Records) -> Result<Collected> {
        let folder = plan.folder_in(records.folder());
        plan.write(&folder)?;
        self.run_items(plan, records.below(folder.clone()))?;
        self.collect(plan, folder)
    }

    fn item(&self, plan: &ItemPlan, item: &Item, records: &Records) -> Result<Vec<PhaseResult>> {
        if item.is_trial() {
            return self.trial_item(item, records);
        }
        let session = self.seeded(item.seed)?;
        let values = session.chosen_for((plan, records.folder()), item, records)?;
        let mut session = session.with_values(&values, item.fold)?;
        go_on(&mut session, records.clone().in_run(&item.id))
    }

    /// Runs a trial as far as it is compared first, and gives its results where it has finished then.
    fn trial_item(&self, item: &Item, records: &Records) -> Result<Vec<PhaseResult>> {
        let folder = records.folder();
        if let ItemState::Failed(_) = state(folder, item)? {
            self.run_trial(item, records, item.until.as_ref())?;
        }
        let comparing = Comparing { session: self, folder, by: self.choose()?.1, records: Some(records) };
        match comparing.measured(item, item.until.as_ref())? {
            Ok(_) => Ok(RunRecord::open(folder.join(&item.id))?.results()?.unwrap_or_default()),
            Err(why) => Err(Error::Training(why)),
        }
    }

    /// Runs a trial as far as it is compared.
    pub(super) fn run_trial(&self, item: &Item, records: &Records, until: Option<&Until>) -> Result<()> {
        self.refuse_ranks()?;
        let mut session = self.seeded(item.seed)?.trial(&item.tries, item.within, item.fold)?;
        let records = records.clone().of_trial().in_run(&item.id).until(until.cloned());
        match go_on(&mut session, records) {
            Err(Error::Interrupted { folder }) => match until {
                Some(until) if RunRecord::open(&folder)?.has_reached(until)? => Ok(()),
                _ => Err(Error::Interrupted { folder }),
            },
            ended => ended.map(drop),
        }
    }

    /// This session, or the same under another seed.
    pub(super) fn seeded(&self, seed: u64) -> Result<Seeded<'_>> {
        if seed == self.seed() { Ok(Seeded::This(self)) } else { Ok(Seeded::Other(Box::new(self.again(seed, 0)?))) }
    }
}

/// A session, or the same under another seed.
pub(super) enum Seeded<'a> {
    This(&'a Session),
    Other(Box<Session>),
}

impl std::ops::Deref for Seeded<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        match self {
            Self::This(session) => session,
            Self::Other(session) => session,
        }
    }
}

/// Begins a run in a folder, or goes on with it.
fn go_on(session: &mut Session, records: Records) -> Result<Vec<PhaseResult>> {
    // A process that was killed may have made the folder and no more.
    if RunRecord::is_run(records.folder()) { session.resume_until(&records) } else { session.run_in(records) }
}
