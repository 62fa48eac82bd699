//! Plain, stratified, grouped and weighted batches.

use super::alias::AliasTable;
use super::strata::{by_value, in_turn};
use super::{Draw, Draws};
use crate::data::{Representation, View};
use crate::random::Rng;
use crate::text::Name;
use crate::{Error, Result};

/// How many batches of shuffled rows are sorted by length at once.
const BATCHES_OF_A_POOL: usize = 50;

/// Every row once an epoch, in batches; by [weight](Self::weighted_by), as many draws as there are rows.
///
/// ```
/// use modularml::process::Batches;
///
/// const FEED: Batches = Batches::of(32).shuffled().drop_last();
/// assert_eq!(FEED.spec().roles, ["default"]);
/// ```
#[derive(crate::Sampler, Clone, Copy, Debug, PartialEq)]
#[roles(default)]
#[draws]
pub struct Batches {
    /// How many rows make a batch.
    #[setting(first = of)]
    batch: usize,
    /// Puts the rows into a new random order in each epoch, and so the groups.
    #[setting(default = false)]
    shuffled: bool,
    /// Takes rows from the values of a column in turn, so that each batch has rows of each.
    #[setting(default = None, condition = stratum)]
    stratify_by: Option<Name>,
    /// Ends the epoch before the turn for which a value of `stratify_by` has no row left, so that each has its share
    /// to the end; shuffled, other rows are left out in each epoch.
    #[setting(default = false)]
    strict: bool,
    /// Makes batches of rows that have the same value of a column; the last batch of each value may be short.
    #[setting(default = None, condition = group)]
    group_by: Option<Name>,
    /// Makes batches of rows whose sequences in a column are of similar lengths, so that they have little padding. Each row is
    /// in one batch an epoch. Shuffled, the rows in their new order are taken in pools of 50 batches, or of a quarter of all where
    /// there are fewer, sorted by length in each pool, and the batches are put into a random order, as
    /// `LengthGroupedSampler` of Hugging Face's transformers does; otherwise all rows are sorted. Rows that fill no batch come last:
    /// shuffled they are random ones.
    #[setting(default = None, condition = length)]
    by_length: Option<Name>,
    /// Draws each row with a chance in proportion to its value of a column, again and again the same ones.
    #[setting(default = None, condition = weight)]
    weighted_by: Option<Name>,
    /// Cuts the rows, in the order in which they lie in the data, into so many parts, and takes as many rows of each for a
    /// batch, those of the first part first. Where batches are shared out into as many shares, each share has rows of one part
    /// of the data, and a rank reads no other: for data in files that are larger than a machine. The batch is a multiple of it.
    #[setting(default = 1, at_least = 1)]
    in_parts: usize,
    /// Leaves out a last batch that is not full; with `group_by` that of each group.
    #[setting(default = false)]
    drop_last: bool,
}

impl Draw for Batches {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
        if let Some(column) = self.by_length {
            return self.of_like_lengths(column, rows, rng);
        }
        match (self.stratify_by, self.group_by, self.weighted_by) {
            (None, None, None) if self.in_parts > 1 => self.of_each_part(rows, rng),
            (None, None, None) => Ok(self.plain(rows, rng)),
            _ if self.in_parts > 1 => {
                let problem = "Batches.in_parts: parts of the data are taken in turn, which stratify_by, group_by and \
                               weighted_by cannot; leave one of them out";
                Err(Error::Data(problem.to_owned()))
            }
            (Some(column), None, None) => self.stratified(column, rows, rng),
            (None, Some(column), None) => self.grouped(column, rows, rng),
            (None, None, Some(column)) => weighted(column, rows, rng),
            _ => Err(Error::Data("Batches: of stratify_by, group_by and weighted_by only one can hold".to_owned())),
        }
    }
}

impl Batches {
    fn plain(&self, rows: &View, rng: &mut Rng) -> Draws {
        let mut positions: Vec<u32> = (0u32..).take(rows.len()).collect();
        if self.shuffled {
            rng.shuffle(&mut positions);
        }
        Draws { positions, ..Draws::default() }
    }

    fn of_like_lengths(&self, column: Name, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let others = [
            ("stratify_by", self.stratify_by.is_some()),
            ("group_by", self.group_by.is_some()),
            ("weighted_by", self.weighted_by.is_some()),
            ("in_parts", self.in_parts > 1),
        ];
        if let Some((other, _)) = others.iter().find(|(_, is_said)| *is_said) {
            return Err(Error::Data(format!("Batches: by_length and {other} cannot both hold; remove one")));
        }
        let lengths = rows.lengths(column)?;
        let length = |position: &u32| lengths.get(*position as usize).copied();
        let mut positions = self.plain(rows, rng).positions;
        if !self.shuffled {
            positions.sort_by_key(length);
            return Ok(Draws { positions, ..Draws::default() });
        }
        let batch = self.batch.max(1);
        let pool = (positions.len() / batch.saturating_mul(4)).clamp(1, BATCHES_OF_A_POOL).saturating_mul(batch);
        let (full, rest) = positions.split_at_mut(rows.len() - rows.len() % batch);
        for pool in full.chunks_mut(pool) {
            pool.sort_by_key(length);
        }
        let mut batches: Vec<&[u32]> = full.chunks(batch).collect();
        rng.shuffle(&mut batches);
        let mut positions = batches.concat();
        rest.sort_by_key(length);
        positions.extend_from_slice(rest);
        Ok(Draws { positions, ..Draws::default() })
    }

    fn of_each_part(&self, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let (batch, parts) = (self.batch, self.in_parts);
        if !batch.is_multiple_of(parts) {
            return Err(Error::Data(format!(
                "Batches.in_parts({parts}): a batch of {batch} rows cannot have as many of each part; make batches of a \
                 multiple of {parts}"
            )));
        }
        let mut order: Vec<u32> = (0u32..).take(rows.len()).collect();
        order.sort_by_key(|&position| rows.rows().get(position as usize));
        // As shares are cut, so that those of the last batch, which may be short, have rows of one part as well.
        let ends = (1..=parts).map(|part| rows.len() * part / parts);
        let mut left = order.as_mut_slice();
        let mut of_part = Vec::with_capacity(parts);
        let mut start = 0;
        for end in ends {
            let (part, others) = left.split_at_mut(end - start);
            if self.shuffled {
                rng.shuffle(part);
            }
            of_part.push(part.chunks(batch / parts));
            (left, start) = (others, end);
        }
        let mut positions = Vec::with_capacity(rows.len());
        for _ in 0..rows.len().div_ceil(batch) {
            of_part.iter_mut().filter_map(Iterator::next).for_each(|some| positions.extend_from_slice(some));
        }
        Ok(Draws { positions, ..Draws::default() })
    }

    fn stratified(&self, column: Name, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let strata = self.parts(column, rows, rng)?;
        let positions = in_turn(format_args!("Batches.stratify_by({column})"), &strata, self.batch, 1, self.strict)?;
        Ok(Draws { positions, ..Draws::default() })
    }

    fn grouped(&self, column: Name, rows: &View, rng: &mut Rng) -> Result<Draws> {
        let mut groups = self.parts(column, rows, rng)?;
        if self.shuffled {
            rng.shuffle(&mut groups);
        }
        let mut draws = Draws::default();
        for group in groups {
            draws.positions.extend(group);
            draws.end_batch();
        }
        Ok(draws)
    }

    /// The rows of each value of a column, values by first appearance, rows in order or shuffled.
    fn parts(&self, column: Name, rows: &View, rng: &mut Rng) -> Result<Vec<Vec<u32>>> {
        let mut parts = by_value(column, rows, (0u32..).take(rows.len()))?;
        if self.shuffled {
            for part in &mut parts {
                rng.shuffle(part);
            }
        }
        Ok(parts)
    }
}

fn weighted(column: Name, rows: &View, rng: &mut Rng) -> Result<Draws> {
    let weights = rows.numbers(column, Representation::Raw)?;
    let table = AliasTable::new(&weights).map_err(|why| {
        let ids = rows.ids();
        let place = why.at.and_then(|at| ids.get(at)).map_or_else(String::new, |id| format!(" (id {id})"));
        Error::Data(format!("Batches.weighted_by({column}): {}{place}", why.what))
    })?;
    Ok(Draws { positions: (0..rows.len()).map(|_| table.draw(rng)).collect(), ..Draws::default() })
}
