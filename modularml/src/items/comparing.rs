//! What a trial comes to: the value that decides, in each of its folds.

use std::path::Path;
use std::time::Duration;

use super::item::Item;
use super::state::{ItemState, state};
use crate::experiment::{Session, log_line, result_of, words};
use crate::plan::criterion::Criterion;
use crate::plan::watched::Watched;
use crate::record::{Records, RunRecord, Signals, Until, is_locked};
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
    /// The value that decides, over folds its mean; NaN of a trial that has failed. Where `epochs` is set, the trial went no
    /// further, and only trials with as many epochs can be compared with it.
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
    /// With what a trial is run that has not come so far; without it, it counts as failed.
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

    /// What an item has measured, or why it has failed. Where it has not come so far, it is run; where another process runs it,
    /// that one is waited for.
    pub fn measured(&self, item: &Item, until: Option<&Until>) -> Result<Result<f64, String>> {
        loop {
            if let Some(measured) = self.read(item, until)? {
                return Ok(measured);
            }
            let Some(records) = self.records else { return Ok(Err(state(self.folder, item)?.words())) };
            self.wait(item)?;
            match state(self.folder, item)? {
                ItemState::Failed(why) => return Ok(Err(why)),
                _ if self.read(item, until)?.is_some() => continue,
                _ => {}
            }
            let why = match self.session.run_trial(item, records, until) {
                Ok(()) => "what decides was not measured".to_owned(),
                Err(stopped @ Error::Interrupted { .. }) => return Err(stopped),
                // Another process has begun it meanwhile.
                Err(_) if self.is_in_use(item) => continue,
                Err(error) => match state(self.folder, item)? {
                    ItemState::Failed(why) => why,
                    // The data do not go with what is tried: nothing was begun.
                    ItemState::Missing => error.to_string(),
                    _ if self.read(item, until)?.is_some() => continue,
                    _ => return Err(error),
                },
            };
            if let Some(measured) = self.read(item, until)? {
                return Ok(measured);
            }
            log_line(&format!("item {} ({}) has failed, and is not chosen: {why}", item.id, item.words()));
            return Ok(Err(why));
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
        is_locked(&self.folder.join(&item.id))
    }

    /// What the run of an item has measured, or why it never will; none where it has not come so far.
    fn read(&self, item: &Item, until: Option<&Until>) -> Result<Option<Result<f64, String>>> {
        let folder = self.folder.join(&item.id);
        if !RunRecord::is_run(&folder) {
            return Ok(None);
        }
        let (run, by) = (RunRecord::open(folder)?, self.by);
        if let Some(results) = run.results()? {
            let Ok(result) = result_of(&results, by.phase) else {
                return Ok(Some(Err("it ended before what decides was measured".to_owned())));
            };
            let Some(validation) = by.validation else { return result.measured(by.name).map(Ok).map(Some) };
            let trained = result.trained()?;
            if until.is_none_or(|until| trained.epochs <= until.epochs) {
                let best = trained.best_epoch.filter(|_| self.restores().is_some());
                let kept = best.and_then(|best| trained.validated(validation).find(|val| val.epoch == best));
                let kept = kept.or(trained.validated(validation).next_back()).and_then(|val| val.measured.get(by.name));
                return Ok(Some(kept.ok_or_else(|| "nothing was validated".to_owned())));
            }
        }
        match until {
            Some(until) if run.has_reached(until)? => self.kept_so_far(&run, until).map(Some),
            _ => Ok(None),
        }
    }

    /// What the weights that a run would keep, if it ended there, were measured by.
    fn kept_so_far(&self, run: &RunRecord, until: &Until) -> Result<Result<f64, String>> {
        let values = run.validated(self.by.validation.unwrap_or_default(), self.by.name, until)?;
        let best = match self.restores() {
            None => None,
            Some(Watched { evaluation, name, higher_is_better: higher }) => {
                let watched = run.validated(evaluation, name, until)?;
                // Of equal ones the first.
                let order = |a: &(usize, f64), b: &(usize, f64)| rank(higher, a.1).total_cmp(&rank(higher, b.1));
                watched.into_iter().min_by(order).map(|(epoch, _)| epoch)
            }
        };
        let at_best = values.iter().find(|(epoch, _)| Some(*epoch) == best);
        Ok(at_best.or(values.last()).map(|(_, value)| *value).ok_or_else(|| "nothing was validated".to_owned()))
    }

    /// What the phase that decides watches, where it goes back to the weights of its best epoch.
    fn restores(&self) -> Option<Watched> {
        let phase = self.session.spec().phases.items().get(self.by.phase)?;
        let train = phase.kind.train()?;
        let watched = *train.callbacks.iter().find(|watch| watch.restores())?.watches.items().first()?;
        Some(Watched::of(train, watched))
    }
}

/// A number that is lower the better a value is; what is NaN stands last.
pub(super) const fn rank(higher_is_better: bool, value: f64) -> f64 {
    match higher_is_better {
        _ if value.is_nan() => f64::NAN,
        true => -value,
        false => value,
    }
}

#[allow(clippy::cast_precision_loss, reason = "there are few folds")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
