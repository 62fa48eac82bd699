//! What is chosen, from what trials have come to.

use std::path::Path;

use super::comparing::{Comparing, Trial, rank};
use super::item::Item;
use super::plan::ItemPlan;
use super::trials::{rungs, until};
use crate::experiment::{Session, words};
use crate::record::{Records, RunRecord};
use crate::spec::ParameterSpec;
use crate::{Error, Result};

/// What was chosen, and by which trials.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// The seed under which it was chosen.
    pub seed: u64,
    /// The fold that has chosen for itself; none where one choice is made for all.
    pub fold: Option<u32>,
    /// The values that were chosen.
    pub values: Vec<ParameterSpec>,
    /// The value that has decided: over folds its mean.
    pub value: f64,
    /// All trials, in the order of the search.
    pub trials: Vec<Trial>,
}

impl Choice {
    /// The values in words: `width=128, lr=0.001`.
    #[must_use]
    pub fn words(&self) -> String {
        words(&self.values)
    }
}

/// The choice for an item that reports, of the items of a plan in its folder. Trials that have not come as far as they are
/// compared are run with the records, where there are any. Once the item was begun, its choice holds, whatever becomes of its
/// trials.
pub(super) fn choice(
    session: &Session,
    (plan, folder): (&ItemPlan, &Path),
    item: &Item,
    records: Option<&Records>,
) -> Result<Choice> {
    let (choose, by) = session.choose()?;
    let (seed, fold) = (item.seed, item.fold);
    let begun = begun(session, &folder.join(&item.id))?;
    let records = records.filter(|_| begun.is_none());
    let comparing = Comparing { session, folder, by, records };
    let of_fold = choose.within.is_some().then_some(fold);
    let mut trials: Vec<(Vec<&Item>, Trial)> = Vec::new();
    for item in plan.items.iter().filter(|it| it.is_trial() && it.seed == seed && it.within == of_fold) {
        match trials.last_mut().filter(|(_, trial)| trial.values == item.tries) {
            Some((items, _)) => items.push(item),
            None => trials.push((vec![item], Trial::of(&item.tries))),
        }
    }
    let (rungs, higher) = (rungs(session, trials.len(), by)?, session.higher_is_better()?);
    let mut left: Vec<usize> = (0..trials.len()).collect();
    for rung in rungs.iter().map(Some).chain([None]) {
        let until = rung.map(|rung| until(session, by, rung));
        for &place in &left {
            if let Some((items, trial)) = trials.get_mut(place) {
                comparing.compare(items, trial, until.as_ref())?;
            }
        }
        let value = |place: &usize| trials.get(*place).map_or(f64::NAN, |(_, trial)| trial.value);
        // Those that are as good stay in the order of the search.
        left.sort_by(|a, b| rank(higher, value(a)).total_cmp(&rank(higher, value(b))));
        if let Some(rung) = rung {
            left.truncate(rung.keep);
        }
    }
    let trials: Vec<Trial> = trials.into_iter().map(|(_, trial)| trial).collect();
    if let Some(values) = begun {
        let value = trials.iter().find(|trial| trial.values == values).map_or(f64::NAN, |trial| trial.value);
        return Ok(Choice { seed, fold: of_fold, values, value, trials });
    }
    let best = left.first().and_then(|best| trials.get(*best)).filter(|best| !best.value.is_nan());
    let Some(best) = best.cloned() else {
        let why = trials.iter().find_map(|trial| trial.failed.clone());
        let why = why.unwrap_or_else(|| "what decides is NaN".to_owned());
        let count = trials.len();
        return Err(Error::Training(format!("none of {count} trials can be chosen: {why}")));
    };
    Ok(Choice { seed, fold: of_fold, values: best.values, value: best.value, trials })
}

/// The values with which the run of an item was begun; none where it was not.
fn begun(session: &Session, folder: &Path) -> Result<Option<Vec<ParameterSpec>>> {
    if !RunRecord::is_run(folder) {
        return Ok(None);
    }
    let run = RunRecord::open(folder)?;
    let manifest = run.manifest();
    Ok(Some(session.values_in(&manifest.description.to_string(), manifest.seed)))
}
