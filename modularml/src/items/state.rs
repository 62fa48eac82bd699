//! How far an item is.

use std::path::Path;

use super::item::Item;
use crate::Result;
use crate::record::RunRecord;

/// How far an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It was never begun.
    Missing,
    /// It has not finished: a process runs it, or was stopped or killed meanwhile.
    Unfinished,
    /// It has failed, for this reason.
    Failed(String),
    /// All of its results are there; of a trial that is compared before its end, those that it is compared by.
    Finished,
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

/// How far an item is, by its folder in that of the plan.
pub(super) fn state(folder: &Path, item: &Item) -> Result<ItemState> {
    let folder = folder.join(&item.id);
    if !RunRecord::is_run(&folder) {
        return Ok(ItemState::Missing);
    }
    let run = RunRecord::open(folder)?;
    let manifest = run.manifest();
    if let Some(why) = manifest.outcome.strip_prefix("failed: ") {
        return Ok(ItemState::Failed(why.to_owned()));
    }
    let is_compared = || item.until.as_ref().map_or(Ok(false), |until| run.has_reached(until));
    Ok(if manifest.is_finished() || is_compared()? { ItemState::Finished } else { ItemState::Unfinished })
}
