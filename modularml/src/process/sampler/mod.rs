//! Samplers: they choose the rows of each epoch, in one or more roles, and cut them into batches.

mod batches;
mod candidates;
mod epoch;
mod pairs;
#[cfg(test)]
mod tests;
mod triplets;

pub use batches::{Batches, BatchesDraw};
pub use epoch::DrawnBatch;
pub use pairs::{Pairs, PairsDraw};
pub use triplets::{Triplets, TripletsDraw};

use candidates::Candidates;

use crate::data::View;
use crate::list::Name;
use crate::random::Rng;
use crate::settings::Settings;
use crate::{Error, Result};

/// What a sampler demands of the column named by a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The rows' values are equal to the anchor's.
    Same,
    /// The rows' values differ from the anchor's.
    Different,
}

/// A condition of a sampler on one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The setting that states it, for example `same`.
    pub setting: Name,
    /// The column.
    pub column: Name,
    /// How values are compared.
    pub comparison: Comparison,
}

/// A sampler with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct SamplerSpec {
    /// The registered name, for example `Batches`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The roles of the rows that it draws together, for example anchor, positive and negative.
    pub roles: &'static [Name],
    /// The streams that it produces; one called `default` unless declared.
    pub streams: &'static [Name],
    /// How many draws make a batch.
    pub batch: usize,
    /// Whether a short last batch is left out.
    pub drops_last: bool,
    /// Its conditions on columns; an unused place is `None`.
    pub conditions: [Option<Condition>; 4],
    /// Draws one epoch: one list of draws for each stream.
    pub draw: fn(&Settings, &View, &mut Rng) -> Result<Vec<Draws>>,
}

/// The draws of one stream in one epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draws {
    /// Positions in the view, as many for each draw as the sampler has roles, in their order.
    pub positions: Vec<u32>,
}

impl Draws {
    /// The draws from the positions in each, one a role.
    ///
    /// # Errors
    /// When a position is above `u32::MAX`, which no view has.
    pub fn new<const ROLES: usize>(sampler: &str, draws: impl IntoIterator<Item = [usize; ROLES]>) -> Result<Self> {
        let positions = draws.into_iter().flatten().map(|position| {
            u32::try_from(position)
                .map_err(|_| Error::Data(format!("sampler `{sampler}` drew row {position}, which no view has")))
        });
        Ok(Self { positions: positions.collect::<Result<_>>()? })
    }
}

/// A sampler, as `#[derive(Sampler)]` implements it.
pub trait Sampler: Copy {
    /// The roles in order.
    const ROLES: &'static [Name];
    /// The streams in order.
    const STREAMS: &'static [Name];
    /// What [`Draw::draw`] returns: a list of the generated draw struct, or one such list for each stream.
    type Drawn;

    /// The settings.
    fn settings(&self) -> Settings;
}

/// How a sampler chooses rows: the one method that its author writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` derives Sampler but says not how to draw",
    label = "`Draw` is missing",
    note = "write: impl Draw for {Self} {{ fn draw(&self, rows: &View, rng: &mut Rng) -> Result<..> {{ .. }} }}"
)]
pub trait Draw: Sampler {
    /// Chooses the rows of one epoch, as positions in `rows`. All randomness comes from `rng`.
    ///
    /// # Errors
    /// When the rows cannot fill the roles.
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Self::Drawn>;
}

/// The rows that have a candidate in every role, given for each role its name and candidates.
///
/// When some have not, they are refused with counts, unless they may be left out and others are there.
fn anchors(sampler: &str, rows: &View, skip_unmatched: bool, roles: &[(&str, &Candidates)]) -> Result<Vec<usize>> {
    let all = rows.len();
    for (role, candidates) in roles {
        let matched = (0..all).filter(|&position| candidates.count(position) > 0).count();
        if matched == 0 || (matched < all && !skip_unmatched) {
            let way_out = if matched == 0 {
                "relax the condition, or split so that rows which belong together are in one split"
            } else {
                "leave the others out with .skip_unmatched(), or relax the condition"
            };
            return Err(Error::Data(format!("{sampler}: {matched} of {all} anchors have a {role}; {way_out}")));
        }
    }
    let has_all = |position: &usize| roles.iter().all(|(_, candidates)| candidates.count(*position) > 0);
    let anchors: Vec<usize> = (0..all).filter(has_all).collect();
    if anchors.is_empty() {
        return Err(Error::Data(format!(
            "{sampler}: 0 of {all} anchors have a row for every role; relax the condition"
        )));
    }
    Ok(anchors)
}
