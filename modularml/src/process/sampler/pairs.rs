//! Pairs of rows.

use super::candidates::Candidates;
use super::{Draw, anchors};
use crate::data::View;
use crate::list::Name;
use crate::random::Rng;
use crate::{Error, Result};

/// Every row once an epoch as an anchor, with another row that has the same value in one column, or another value in
/// a second one, or both.
///
/// Order and pairs are drawn anew in each epoch; every row that may be drawn is equally likely.
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(anchor, pair)]
pub struct Pairs {
    /// How many pairs make a batch.
    #[setting(first)]
    batch: usize,
    /// The column in which the two rows are equal.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// The column in which the two rows differ.
    #[setting(default = None, condition = different)]
    different: Option<Name>,
    /// Leaves out rows that have no pair as anchors; without it they are refused.
    #[setting(default = false)]
    skip_unmatched: bool,
    /// Leaves out a last batch that is not full.
    #[setting(default = false)]
    drop_last: bool,
}

impl Draw for Pairs {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<PairsDraw>> {
        let condition = |name: &str, column: Option<Name>| column.map(|column| format!(".{name}({column})"));
        let conditions: String =
            [condition("same", self.same), condition("different", self.different)].into_iter().flatten().collect();
        if conditions.is_empty() {
            let message = "Pairs: nothing says which rows make a pair; add .same(column) or .different(column)";
            return Err(Error::Data(message.into()));
        }
        let pairs = Candidates::new(rows, self.same, self.different)?;
        let mut anchors = anchors(&format!("Pairs{conditions}"), rows, self.skip_unmatched, &[("pair", &pairs)])?;
        rng.shuffle(&mut anchors);
        let pair = |anchor| Some(PairsDraw { anchor, pair: pairs.draw(anchor, rng)? });
        Ok(anchors.into_iter().filter_map(pair).collect())
    }
}
