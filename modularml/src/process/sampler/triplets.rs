//! Triplets: an anchor, a row like it and a row unlike it.

use super::roles::described;
use super::{Draw, Draws, Roles, Similar, Similarities, Unequal};
use crate::data::View;
use crate::random::Rng;
use crate::text::Name;
use crate::{Error, Result};

/// Every row once an epoch as an anchor, with another row that is like it and one that is not: in the value of one
/// column, by conditions on each role, or both.
///
/// Order, positives and negatives are drawn anew in each epoch; every row that may be drawn is equally likely, unless
/// only the [best](Self::best_only) are wanted.
///
/// ```
/// use modularml::SampleSchema;
/// use modularml::data::SampleSchema as _;
/// use modularml::process::Triplets;
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 101],
///     #[tag]
///     cell: i64,
/// }
///
/// const FEED: Triplets = Triplets::of(64).same(Pulse::COLUMNS.cell);
/// assert_eq!(FEED.spec().roles, ["anchor", "positive", "negative"]);
/// ```
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(anchor, positive, negative)]
#[draws]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Triplets {
    /// How many triplets make a batch.
    #[setting(first = of)]
    batch: usize,
    /// The column in which a positive equals its anchor and a negative does not.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// What a positive meets with its anchor, beside `same`.
    #[setting(default = Similarities::NONE)]
    positive: Similarities,
    /// What a negative meets with its anchor, beside `same`.
    #[setting(default = Similarities::NONE)]
    negative: Similarities,
    /// With how many positives and negatives an anchor is drawn at most.
    #[setting(default = 1, at_least = 1)]
    per_anchor: usize,
    /// Takes the positives and negatives of the largest weight, in place of random ones.
    #[setting(default = false)]
    best_only: bool,
    /// What to do with an anchor that has more positives than negatives or fewer.
    #[setting(default = Unequal::Truncate)]
    unequal: Unequal,
    /// Leaves out rows that have no positive or no negative as anchors; without it they are refused.
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

impl Draw for Triplets {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let conditions = |alike, role: &Similarities| -> Vec<Similar> {
            let same = self.same.map(|column| Similar::new(column, alike));
            same.into_iter().chain(role.items().iter().copied()).collect()
        };
        let (positive, negative) = (conditions(true, &self.positive), conditions(false, &self.negative));
        if positive.is_empty() || negative.is_empty() {
            let role = if positive.is_empty() { "positive" } else { "negative" };
            return Err(Error::Data(format!(
                "Triplets: nothing says which rows are {role}; add .same(column), for example the cell, or \
                 .{role}([Similar::..])"
            )));
        }
        Roles::of(described("Triplets", &[("same", self.same)]))
            .role("positive", &positive)
            .role("negative", &negative)
            .per_anchor(self.per_anchor)
            .best(self.best_only)
            .unequal(self.unequal)
            .skip_unmatched(self.skip_unmatched)
            .stratify_by(self.stratify_by, self.batch, self.strict)
            .group_by(self.group_by)
            .draw(rows, rng)
    }
}
