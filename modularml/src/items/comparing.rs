//! What a trial comes to: the value that decides, in each of its folds.

use std::path::Path;
use std::time::Duration;

use super::item::Item;
use super::state::{ItemState, state};
use crate::experiment::{Session, log_line, result_of, words};
use crate::plan::criterion::Criterion;
use crate::record::{Records, RunRecord, Signals, Until};
use crate::spec::ParameterSpec;
use crate::{Error, Result};

/// How long a trial that another process runs is left alone between two looks at it.
const LOOK: Duration = Duration::from_millis(50);

/// What a trial has come to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// The values that were tried.
    pub values: Vec<ParameterSpec>,
    /// The value that decides, over folds its mean, where the trial was compared last; NaN of one that has failed.
    pub value: f64,
    /// The value in each fold.
    pub by_fold: Vec<f64>,
    /// After how many epochs it was compared last, where it did not train to the end.
    pub epochs: Option<usize>,
    /// Why it has failed, where it has.
    pub failed: Option<String>,
}

impl Trial {
    pub(super) fn of(values: &[ParameterSpec]) -> Self {
        Self { values: values.to_vec(), value: f64::NAN, by_fold: Vec::new(), epochs: None, failed: None }
    }

    /// The values in words: `width=128, lr=0.001`.
    #[must_use]
    pub fn words(&self) -> String {
        words(&self.values)
    }
}

/// What compares trials in a folder of items.
#[derive(Clone, Copy)]
pub(super) struct Comparing<'a> {
    pub session: &'a Session,
    pub folder: &'a Path,
    pub by: Criterion,
    /// With what a trial is run that has not come so far; without it that is an error.
    pub records: Option<&'a Records>,
}

impl Comparing<'_> {
    /// Has the items of a trial come as far as they are compared, and takes what they have measured there.
    pub fn compare(&self, items: &[&Item], trial: &mut Trial, until: Option<&Until>) -> Result<()> {
        trial.by_fold.clear();
        trial.epochs = until.map(|until| until.epochs);
        for item in items {
            let value = self.measured(item, until)?;
            trial.by_fold.push(value.unwrap_or_else(|why| {
                trial.failed.get_or_insert(why);
                f64::NAN
            }));
        }
        trial.value = mean(&trial.by_fold);
        Ok(())
    }

    /// What an item has measured, or why it has failed. Where it has not come so far, it is run.
    fn measured(&self, item: &Item, until: Option<&Until>) -> Result<Result<f64, String>> {
        let (id, what) = (&item.id, item.words());
        loop {
            self.wait(item)?;
            if let Some(value) = self.read(item, until)? {
                return Ok(Ok(value));
            }
            if let ItemState::Failed(why) = state(self.folder, item)? {
                log_line(&format!("item {id} ({what}) has failed, and is not chosen: {why}"));
                return Ok(Err(why));
            }
            let Some(records) = self.records else {
                return Err(Error::Data(format!("item {id} ({what}) has not come as far as it is compared; run it")));
            };
            match self.session.run_trial(item, records, until) {
                Ok(_) => return Ok(self.read(item, until)?.ok_or_else(|| "what decides was not measured".to_owned())),
                Err(stopped @ Error::Interrupted { .. }) => return Err(stopped),
                // Another process has begun it meanwhile, or it has failed.
                Err(_) if self.is_in_use(item) => {}
                Err(error) => {
                    if !matches!(state(self.folder, item)?, ItemState::Failed(_)) && self.read(item, until)?.is_none() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Waits as long as another process runs an item.
    fn wait(&self, item: &Item) -> Result<()> {
        let signals = Signals::watch()?;
        while self.is_in_use(item) {
            if signals.stop() {
                return Err(Error::Interrupted { folder: self.folder.to_owned() });
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn is_in_use(&self, item: &Item) -> bool {
        RunRecord::open(self.folder.join(&item.id)).is_ok_and(|run| run.is_in_use())
    }

    /// What the run of an item has measured; none where it has not come so far.
    fn read(&self, item: &Item, until: Option<&Until>) -> Result<Option<f64>> {
        let folder = self.folder.join(&item.id);
        if !RunRecord::is_run(&folder) {
            return Ok(None);
        }
        let (run, by) = (RunRecord::open(folder)?, self.by);
        if let Some(results) = run.results()? {
            let result = result_of(&results, by.phase)?;
            if !by.in_val {
                return result.measured(by.name).map(Some);
            }
            let trained = result.trained()?;
            if until.is_none_or(|until| trained.epochs <= until.epochs) {
                // The weights that are kept are those of the best epoch, where one is chosen.
                let kept = trained.best_epoch.and_then(|best| trained.val.iter().find(|val| val.epoch == best));
                let kept = kept.or(trained.val.last()).and_then(|val| val.measured.get(by.name));
                return Ok(Some(kept.unwrap_or(f64::NAN)));
            }
        }
        until.map_or(Ok(None), |until| run.validated(by.name, until))
    }
}

#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
