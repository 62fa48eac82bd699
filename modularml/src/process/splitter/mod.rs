//! Splitters: they assign the rows of a view to named splits.

use crate::data::View;
use crate::list::Name;
use crate::random::Rng;
use crate::settings::{Settings, Shares};
use crate::{Result, list::List};

/// A splitter with its type erased.
#[derive(Clone, Debug)]
pub struct SplitterSpec {
    /// The registered name, for example `Random`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The splits that it makes, in order.
    pub splits: List<Name>,
    /// The shares of the splits, for splitters that have shares.
    pub shares: Option<Shares>,
    /// The column whose equal values stay together.
    pub group_by: Option<Name>,
    /// The column whose values are spread evenly.
    pub stratify_by: Option<Name>,
    /// Assigns the positions of a view to the splits, in the order of `splits`.
    pub split: fn(&Settings, &View, &mut Rng) -> Result<Vec<Vec<u32>>>,
}
