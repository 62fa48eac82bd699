//! Samplers with an anchor and further roles: the rows of each role meet its conditions with the anchor.

use super::Similar;
use super::draws::Draws;
use super::matches::Matches;
use super::strata::{by_value, in_turn};
use crate::data::View;
use crate::random::Rng;
use crate::text::{Name, choices};
use crate::{Error, Result};

/// What to do with an anchor for which the roles have different numbers of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unequal {
    /// Rows of the shorter roles are drawn again, in turn.
    Repeat,
    /// The surplus rows of the longer roles are left out.
    Truncate,
    /// The anchor is left out.
    Drop,
}

choices!(Unequal: Repeat, Truncate, Drop);

/// Draws rows for an anchor and any number of further roles; the engine of [`Pairs`](super::Pairs) and
/// [`Triplets`](super::Triplets), and of samplers of one's own:
///
/// ```
/// use modularml::prelude::*;
/// use modularml::process::{Similarities, Draws, Roles, Similar};
///
/// /// A row, one at about its temperature, one of its cell and one of another cell.
/// #[derive(Sampler, Clone, Copy)]
/// #[roles(anchor, near, cell, stranger)]
/// #[draws]
/// struct Quads {
///     /// How many draws make a batch.
///     #[setting(first)]
///     batch: usize,
///     /// Which rows are near.
///     #[setting(default = Similarities::NONE)]
///     near: Similarities,
///     /// The column that tells whose a row is.
///     #[setting(default = None, condition = same)]
///     same: Option<Name>,
/// }
///
/// impl Draw for Quads {
///     fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
///         let cell = self.same.unwrap_or("cell");
///         Roles::of("Quads")
///             .role("near", self.near.items())
///             .role("cell", &[Similar::new(cell, true)])
///             .role("stranger", &[Similar::new(cell, false)])
///             .draw(rows, rng)
///     }
/// }
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[tag]
///     temperature: f64,
///     #[tag]
///     cell: i64,
/// }
///
/// let pulses = FeatureSet::from_rows((0..40i32).map(|i| Pulse { temperature: f64::from(i), cell: i64::from(i) % 4 }))?;
/// let sampler = Quads::batch(8).near([Similar::to(Pulse::COLUMNS.temperature).within(3.0)]).same(Pulse::COLUMNS.cell);
/// let first = sampler.spec().loader(&pulses.view(), 42).next().ok_or("no batch")??;
/// assert_eq!((first.roles.len(), first.len()), (4, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Roles {
    sampler: String,
    conditions: Vec<(Name, Vec<Similar>)>,
    per_anchor: usize,
    best: bool,
    unequal: Unequal,
    skip_unmatched: bool,
    stratum: Option<Stratum>,
    group_by: Option<Name>,
}

/// How anchors are taken in turn.
#[derive(Clone, Copy, Debug)]
struct Stratum {
    column: Name,
    batch: usize,
    strict: bool,
}

impl Roles {
    /// The anchor alone; the sampler's name stands in messages.
    pub fn of(sampler: impl Into<String>) -> Self {
        let (conditions, unequal) = (Vec::new(), Unequal::Truncate);
        let (stratum, group_by) = (None, None);
        let sampler = sampler.into();
        Self { sampler, conditions, per_anchor: 1, best: false, unequal, skip_unmatched: false, stratum, group_by }
    }

    /// Adds a role and what its rows must meet with the anchor; without conditions any other row.
    pub fn role(mut self, name: Name, conditions: &[Similar]) -> Self {
        self.conditions.push((name, conditions.to_vec()));
        self
    }

    /// How many rows of each role an anchor is drawn with at most; 1 without it.
    pub const fn per_anchor(mut self, most: usize) -> Self {
        self.per_anchor = most;
        self
    }

    /// Takes the rows of the largest weight, where `best` says so, in place of random ones.
    pub const fn best(mut self, best: bool) -> Self {
        self.best = best;
        self
    }

    /// What to do where the roles of an anchor have different numbers of rows; the surplus is left out without it.
    pub const fn unequal(mut self, unequal: Unequal) -> Self {
        self.unequal = unequal;
        self
    }

    /// Leaves out rows that have no candidate in some role as anchors, where `skip` says so; they are refused otherwise.
    pub const fn skip_unmatched(mut self, skip: bool) -> Self {
        self.skip_unmatched = skip;
        self
    }

    /// Takes anchors from the values of a column in turn, where one is given, so that each batch of so many draws has
    /// anchors of each; where it is `strict`, to the turn for which a value has no anchor left.
    pub const fn stratify_by(mut self, column: Option<Name>, batch: usize, strict: bool) -> Self {
        self.stratum = match column {
            Some(column) => Some(Stratum { column, batch, strict }),
            None => None,
        };
        self
    }

    /// Makes batches whose anchors have the same value of a column, where one is given; values come in random order.
    pub const fn group_by(mut self, column: Option<Name>) -> Self {
        self.group_by = column;
        self
    }

    /// Draws one epoch: every row once as an anchor in random order, with its rows in the other roles.
    ///
    /// # Errors
    /// When a column cannot be compared, rows cannot be anchors (the message counts those of a role that cannot), or a batch
    /// cannot hold anchors of each value.
    pub fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let find = |(name, conditions): &(Name, Vec<Similar>)| Ok((*name, Matches::find(rows, conditions)?));
        let roles: Vec<(Name, Matches)> = self.conditions.iter().map(find).collect::<Result<_>>()?;
        let mut anchors = self.anchors(rows, &roles)?;
        rng.shuffle(&mut anchors);
        let weighted = roles.iter().any(|(_, matches)| matches.is_weighted());
        let mut draws = Draws::default();
        let mut draw = Vec::with_capacity(roles.len() + 1);
        for run in self.runs(rows, anchors, rng)? {
            for anchor in run {
                let choose = |(_, matches): &(Name, Matches)| matches.draw(anchor, self.per_anchor, self.best, rng);
                let chosen: Vec<Vec<u32>> = roles.iter().map(choose).collect();
                for turn in 0..self.turns(&chosen) {
                    draw.clear();
                    draw.push((anchor, 1.0));
                    for ((_, matches), rows) in roles.iter().zip(&chosen) {
                        let row = rows.get(turn % rows.len().max(1)).copied().unwrap_or(anchor);
                        draw.push((row, if weighted { matches.weight(anchor, row) } else { 1.0 }));
                    }
                    if weighted {
                        draws.push_weighted(&draw);
                    } else {
                        draws.positions.extend(draw.iter().map(|(row, _)| *row));
                    }
                }
            }
            if self.group_by.is_some() {
                draws.end_batch();
            }
        }
        Ok(draws)
    }

    /// The anchors in the order in which they are drawn, apart where a batch ends between them.
    fn runs(&self, rows: &View, anchors: Vec<u32>, rng: &mut Rng) -> Result<Vec<Vec<u32>>> {
        let sampler = &self.sampler;
        match (self.stratum, self.group_by) {
            (None, None) => Ok(vec![anchors]),
            (Some(Stratum { column, batch, strict }), None) => {
                let strata = by_value(column, rows, anchors.into_iter())?;
                let setting = format_args!("{sampler}.stratify_by({column})");
                Ok(vec![in_turn(setting, &strata, batch, self.per_anchor, strict)?])
            }
            (None, Some(column)) => {
                let mut groups = by_value(column, rows, anchors.into_iter())?;
                rng.shuffle(&mut groups);
                Ok(groups)
            }
            (Some(_), Some(_)) => {
                Err(Error::Data(format!("{sampler}: of stratify_by and group_by only one can hold; remove one")))
            }
        }
    }

    /// How many draws an anchor makes from what its roles have.
    fn turns(&self, chosen: &[Vec<u32>]) -> usize {
        let fewest = chosen.iter().map(Vec::len).min().unwrap_or(1);
        let most = chosen.iter().map(Vec::len).max().unwrap_or(1);
        match self.unequal {
            _ if fewest == 0 => 0,
            Unequal::Repeat => most,
            Unequal::Truncate => fewest,
            Unequal::Drop if fewest == most => most,
            Unequal::Drop => 0,
        }
    }

    /// The rows that have a candidate in every role.
    ///
    /// When some have not, they are refused with counts, unless they may be left out and others are there.
    fn anchors(&self, rows: &View, roles: &[(Name, Matches)]) -> Result<Vec<u32>> {
        let (all, sampler) = (rows.len(), &self.sampler);
        let mut anchors: Vec<u32> = (0u32..).take(all).collect();
        for ((role, matches), (_, conditions)) in roles.iter().zip(&self.conditions) {
            let matched: Vec<u32> = (0u32..).take(all).filter(|&anchor| matches.has_any(anchor)).collect();
            let count = matched.len();
            if count == 0 || (count < all && !self.skip_unmatched) {
                let way_out = if count == 0 {
                    "relax the condition, or split so that rows which belong together are in one split"
                } else {
                    "leave the others out with .skip_unmatched(), or relax the condition"
                };
                let conditions: Vec<String> = conditions.iter().map(ToString::to_string).collect();
                let conditions = conditions.join(", ");
                return Err(Error::Data(format!(
                    "{sampler}: {lacking} of {all} anchors lack a {role} ({conditions}); {way_out}",
                    lacking = all - count
                )));
            }
            if count < all {
                anchors.retain(|anchor| matched.binary_search(anchor).is_ok());
            }
        }
        if anchors.is_empty() {
            return Err(Error::Data(format!(
                "{sampler}: 0 of {all} anchors have a row for every role; relax the condition"
            )));
        }
        Ok(anchors)
    }
}

/// The name of a sampler with its conditions on equality, for messages: `Pairs.same(cell)`.
pub(super) fn described(sampler: &str, settings: &[(&str, Option<Name>)]) -> String {
    let written = settings.iter().filter_map(|(name, column)| Some(format!(".{name}({})", (*column)?)));
    std::iter::once(sampler.to_owned()).chain(written).collect()
}
