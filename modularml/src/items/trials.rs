//! The trials of a choice, as items.

use super::item::Item;
use crate::archive::checkpoint::Fingerprint;
use crate::experiment::Session;
use crate::plan::criterion::Criterion;
use crate::record::Until;
use crate::search::Rung;
use crate::spec::ParameterSpec;
use crate::{Error, Result};

/// The items of all trials of what may be chosen, under the seed of a session: where each fold chooses for itself, those of the
/// first fold, then those of the second; of each, the folds of the first trial, then those of the second. None where nothing
/// is chosen.
///
/// Every trial is asked of all rules, before anything is trained.
pub(super) fn trials(session: &Session, data: &Fingerprint, folds: u32) -> Result<Vec<Item>> {
    let spec = session.spec();
    let Some(choose) = &spec.choose else { return Ok(Vec::new()) };
    let (_, by) = session.choose()?;
    let points = choose.search.trials(spec.choices.items(), session.seed())?;
    let mistakes: Vec<String> = points
        .iter()
        .filter_map(|point| session.checked_with(point).err())
        .flat_map(|error| if let Error::Refused(mistakes) = error { mistakes } else { vec![error.to_string()] })
        .collect();
    if !mistakes.is_empty() {
        return Err(Error::Refused(mistakes));
    }
    let first = rungs(session, points.len(), by)?.first().map(|rung| until(session, by, rung));
    let choosing: Vec<Option<u32>> = if choose.within.is_some() { (0..folds).map(Some).collect() } else { vec![None] };
    let mut items = Vec::new();
    for within in choosing {
        let count = if within.is_some() { session.folds_of_trial(within)? } else { folds };
        for point in &points {
            for item in of_trial(session, data, point, within, count)? {
                items.push(Item { until: first.clone(), ..item });
            }
        }
    }
    Ok(items)
}

/// The items of one trial in so many folds.
pub(super) fn of_trial(
    session: &Session,
    data: &Fingerprint,
    values: &[ParameterSpec],
    within: Option<u32>,
    folds: u32,
) -> Result<Vec<Item>> {
    let trial = session.trial_spec(values, within)?;
    let item = |fold| Item::of_trial(&trial, data, (session.seed(), fold), (values.to_vec(), within));
    (0..folds).map(item).collect()
}

/// Where so many trials are compared before their end.
pub(super) fn rungs(session: &Session, trials: usize, by: Criterion) -> Result<Vec<Rung>> {
    let spec = session.spec();
    let Some(choose) = &spec.choose else { return Ok(Vec::new()) };
    let phase = spec.phases.items().get(by.phase);
    let epochs = phase.and_then(|phase| phase.kind.train()).map_or(usize::MAX, |train| train.epochs);
    choose.search.rungs(trials, epochs)
}

/// The place in a run at which a rung compares it.
pub(super) fn until(session: &Session, by: Criterion, rung: &Rung) -> Until {
    let phase = session.spec().phases.items().get(by.phase).map_or("?", |phase| phase.name);
    Until { phase: phase.to_owned(), epochs: rung.epochs }
}
