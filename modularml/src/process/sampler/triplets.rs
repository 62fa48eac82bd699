//! Triplets: an anchor, a row like it and a row unlike it.

use super::candidates::Candidates;
use super::{Draw, anchors};
use crate::data::View;
use crate::list::Name;
use crate::random::Rng;
use crate::{Error, Result};

/// Every row once an epoch as an anchor, with another row that has the same value in a column and one that has not.
///
/// Order, positives and negatives are drawn anew in each epoch; every row that may be drawn is equally likely.
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
/// const FEED: Triplets = Triplets::batch(64).same(Pulse::COLUMNS.cell);
/// assert_eq!(FEED.spec().roles, ["anchor", "positive", "negative"]);
/// ```
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(anchor, positive, negative)]
pub struct Triplets {
    /// How many triplets make a batch.
    #[setting(first)]
    batch: usize,
    /// The column in which a positive equals its anchor and a negative does not; it must be given.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// Leaves out rows that have no positive or no negative as anchors; without it they are refused.
    #[setting(default = false)]
    skip_unmatched: bool,
    /// Leaves out a last batch that is not full.
    #[setting(default = false)]
    drop_last: bool,
}

impl Draw for Triplets {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<TripletsDraw>> {
        let Some(column) = self.same else {
            let message = "Triplets: nothing says which rows are alike; add .same(column), for example the cell";
            return Err(Error::Data(message.into()));
        };
        let sampler = format!("Triplets.same({column})");
        let positives = Candidates::new(rows, Some(column), None)?;
        let negatives = Candidates::new(rows, None, Some(column))?;
        let mut anchors =
            anchors(&sampler, rows, self.skip_unmatched, &[("positive", &positives), ("negative", &negatives)])?;
        rng.shuffle(&mut anchors);
        let triplet = |anchor| {
            let positive = positives.draw(anchor, rng)?;
            Some(TripletsDraw { anchor, positive, negative: negatives.draw(anchor, rng)? })
        };
        Ok(anchors.into_iter().filter_map(triplet).collect())
    }
}
