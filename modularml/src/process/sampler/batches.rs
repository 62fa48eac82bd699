//! Plain batches.

use super::Draw;
use crate::Result;
use crate::data::View;
use crate::random::Rng;

/// Every row once an epoch, in batches.
///
/// ```
/// use modularml::process::Batches;
///
/// const FEED: Batches = Batches::of(32).shuffled().drop_last();
/// assert_eq!(FEED.spec().roles, ["default"]);
/// ```
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(default)]
pub struct Batches {
    /// How many rows make a batch.
    #[setting(first = of)]
    batch: usize,
    /// Puts the rows into a new random order in each epoch.
    #[setting(default = false)]
    shuffled: bool,
    /// Leaves out a last batch that is not full.
    #[setting(default = false)]
    drop_last: bool,
}

impl Draw for Batches {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<BatchesDraw>> {
        let mut draws: Vec<BatchesDraw> = (0..rows.len()).map(|default| BatchesDraw { default }).collect();
        if self.shuffled {
            rng.shuffle(&mut draws);
        }
        Ok(draws)
    }
}
