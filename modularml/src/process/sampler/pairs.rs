//! Pairs of rows.

use super::roles::described;
use super::{Draw, Draws, Roles, Similar, Similarities};
use crate::data::View;
use crate::random::Rng;
use crate::text::Name;
use crate::{Error, Result};

/// Every row once an epoch as an anchor, with another row that meets all conditions with it.
///
/// Order and pairs are drawn anew in each epoch; every row that may be drawn is equally likely, unless only the
/// [best](Self::best_only) are wanted.
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(anchor, pair)]
#[draws]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Pairs {
    /// How many pairs make a batch.
    #[setting(first = of)]
    batch: usize,
    /// The column in which the two rows are equal.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// The column in which the two rows differ.
    #[setting(default = None, condition = different)]
    different: Option<Name>,
    /// Further conditions, with tolerances and weights.
    #[setting(default = Similarities::NONE)]
    pair: Similarities,
    /// With how many rows an anchor is paired at most.
    #[setting(default = 1, at_least = 1)]
    per_anchor: usize,
    /// Pairs an anchor with the rows of the largest weight, in place of random ones.
    #[setting(default = false)]
    best_only: bool,
    /// Leaves out rows that have no pair as anchors; without it they are refused.
    #[setting(default = false)]
    skip_unmatched: bool,
    /// Takes anchors from the values of a column in turn, so that each batch has anchors of each.
    #[setting(default = None, condition = stratum)]
    stratify_by: Option<Name>,
    /// Ends the epoch before the turn for which a value of `stratify_by` has no anchor left, so that each has its share
    /// to the end; other anchors are left out in each epoch.
    #[setting(default = false)]
    strict: bool,
    /// Makes batches of anchors that have the same value of a column; the last batch of each value may be short.
    #[setting(default = None, condition = group)]
    group_by: Option<Name>,
    /// Leaves out a last batch that is not full; with `group_by` that of each group.
    #[setting(default = false)]
    drop_last: bool,
}

impl Draw for Pairs {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let conditions = self.same.map(|column| Similar::new(column, true)).into_iter();
        let conditions = conditions.chain(self.different.map(|column| Similar::new(column, false)));
        let conditions: Vec<Similar> = conditions.chain(self.pair.items().iter().copied()).collect();
        if conditions.is_empty() {
            let message = "Pairs: nothing says which rows make a pair; add .same(column) or .different(column)";
            return Err(Error::Data(message.into()));
        }
        Roles::of(described("Pairs", &[("same", self.same), ("different", self.different)]))
            .role("pair", &conditions)
            .per_anchor(self.per_anchor)
            .best(self.best_only)
            .skip_unmatched(self.skip_unmatched)
            .stratify_by(self.stratify_by, self.batch, self.strict)
            .group_by(self.group_by)
            .draw(rows, rng)
    }
}
