//! Samplers: they choose the rows of each epoch, in one or more roles, and cut them into batches.

mod alias;

mod batches;
mod draws;
mod epoch;
mod loader;
mod matches;
mod order;
mod pairs;
mod roles;
mod strata;

#[cfg(test)]
mod tests;

mod triplets;
use crate::Result;
use crate::data::View;
use crate::random::Rng;
use crate::spec::Settings;
pub use crate::spec::{
    Demands, MAX_SIMILARITIES, RowComparison as Comparison, RowCondition as Condition, SamplerSpec, Similar,
    Similarities, Weighting,
};
use crate::text::Name;
pub use batches::Batches;
pub use draws::Draws;
pub use epoch::DrawnBatch;
pub use loader::{Loader, Position};
pub use matches::{Matches, Tiers};
pub use pairs::Pairs;
pub use roles::{Roles, Unequal};
pub use triplets::Triplets;

/// The code of a sampler: draws one epoch, one list of draws for each stream.
pub type DrawEpoch = fn(&Settings, &View, &mut Rng) -> Result<Vec<Draws>>;

/// A sampler, as `#[derive(Sampler)]` implements it.
pub trait Sampler: Copy {
    /// The roles in order.
    const ROLES: &'static [Name];
    /// The streams in order.
    const STREAMS: &'static [Name];
    /// What [`Draw::draw`] returns: a list of the generated draw struct, or [`Draws`]; or one of them for each stream.
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
