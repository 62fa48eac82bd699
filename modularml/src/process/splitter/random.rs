//! Random splits by shares: of single rows, of strata evenly, or of whole groups.

use super::{Split, SplitterSpec};
use crate::data::{Distinct, View};
use crate::process::members::{LEFT_OUT, Members, assign, parts};
use crate::random::{Place, Purpose, Rng};
use crate::spec::{Settings, Shares};
use crate::text::{Message, Name};
use crate::{Error, Result};

/// How often groups are dealt; the deal whose sizes are closest to the shares is taken.
const DEALS: usize = 64;
/// The most groups that are dealt over all deals.
const DEALT_GROUPS: usize = 1 << 18;
/// How many values an error shows.
const SHOWN: usize = 3;
/// How far from 1 the shares may add up.
const TOLERANCE: f64 = 1e-6;

/// Splits rows at random into named shares.
///
/// Sizes are the shares rounded by largest remainder: of 10 rows, 0.7, 0.15 and 0.15 get 7, 2 and 1. Within a split
/// rows keep their order. A split that would be empty is refused.
///
/// ```
/// use modularml::process::Random;
///
/// const SPLIT: Random = Random::ratios([("train", 0.8), ("test", 0.2)]).seed(7);
/// assert_eq!(SPLIT.spec().names(), ["train", "test"]);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Random {
    /// The splits and their shares, which add up to 1.
    #[setting(first)]
    ratios: Shares,
    /// A column whose values are spread evenly: each split gets its share of the rows of each value, to within one row,
    /// and the sizes of the splits stay what they are without strata.
    #[setting(default = None)]
    stratify_by: Option<Name>,
    /// Refuses rows of which a value of `stratify_by` would be missing in a split, with the counts of each such value.
    #[setting(default = false)]
    in_every_split: bool,
    /// A column whose equal values stay together in one split. The groups are dealt at random so that the numbers of
    /// rows come as close to the shares as whole groups allow.
    #[setting(default = None)]
    group_by: Option<Name>,
    /// A seed of its own, in place of the experiment's.
    #[setting(default = None)]
    seed: Option<u64>,
}

impl Random {
    /// The splitter with its type erased.
    #[must_use]
    pub const fn spec(self) -> SplitterSpec {
        SplitterSpec {
            shares: Some(self.ratios),
            group_by: self.group_by,
            stratify_by: self.stratify_by,
            ..SplitterSpec::new("Random", self.settings(), self.ratios.names().items(), code!(Split, split))
        }
    }

    fn split(&self, rows: &View, rng: &mut Rng) -> Result<Vec<Vec<u32>>> {
        self.check()?;
        let shares = &self.ratios.shares();
        let part_of = match (self.group_by, self.stratify_by) {
            (Some(column), _) => grouped(&Members::of(&rows.groups(column)?), shares, rng),
            (None, Some(column)) => stratified(rows.groups(column)?.iter().copied(), shares, rng),
            (None, None) => stratified(std::iter::repeat_n(0, rows.len()), shares, rng),
        };
        let parts = parts(&part_of, shares.len());
        self.refuse_empty(rows, &parts)?;
        if let Some(column) = self.stratify_by.filter(|_| self.in_every_split) {
            self.refuse_lacking(rows, column, &parts)?;
        }
        Ok(parts)
    }

    /// Refuses splits that lack a value of a column.
    fn refuse_lacking(&self, rows: &View, column: Name, parts: &[Vec<u32>]) -> Result<()> {
        let (groups, values) = match rows.distinct(column)? {
            Some(Distinct { groups, values, .. }) => (groups, values),
            None => (rows.groups(column)?, Vec::new()),
        };
        let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
        // By value, how many rows each split has of it.
        let mut counts = vec![vec![0_usize; parts.len()]; count];
        for (split, part) in parts.iter().enumerate() {
            for position in part {
                let group = groups.get(*position as usize).and_then(|group| counts.get_mut(*group as usize));
                if let Some(count) = group.and_then(|group| group.get_mut(split)) {
                    *count += 1;
                }
            }
        }
        let names = self.ratios.names();
        let told = |(value, counts): (usize, &Vec<usize>)| {
            let name = match values.get(value) {
                Some(Some(name)) => format!("`{name}`"),
                _ => "a missing value".to_owned(),
            };
            let in_each: Vec<String> =
                names.items().iter().zip(counts).map(|(name, count)| format!("{name} {count}")).collect();
            format!("{name} has {} ({})", counts.iter().sum::<usize>(), in_each.join(", "))
        };
        let lacking = counts.iter().enumerate().filter(|(_, counts)| counts.contains(&0));
        let lacking: Vec<String> = lacking.map(told).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let shown = lacking.get(..SHOWN).unwrap_or(&lacking).join(", ");
        let more = if lacking.len() > SHOWN { ", .." } else { "" };
        Err(Error::Data(format!(
            "Random.stratify_by({column}).in_every_split(): {} of {count} values are not in every split: {shown}{more}; add rows of \
             them, make fewer splits, raise the smallest share, or leave out .in_every_split()",
            lacking.len()
        )))
    }

    /// The rules at the shares, for a splitter that is used outside an experiment.
    fn check(&self) -> Result<()> {
        if let (Some(group), Some(stratify)) = (self.group_by, self.stratify_by) {
            return Err(Error::Data(format!(
                "Random: rows are either kept whole by `{group}` (group_by) or spread evenly by `{stratify}` \
                 (stratify_by); remove one"
            )));
        }
        if self.in_every_split && self.stratify_by.is_none() {
            let problem =
                "Random.in_every_split() says nothing without .stratify_by(..); add it, or leave out .in_every_split()";
            return Err(Error::Data(problem.to_owned()));
        }
        check_shares("Random", &self.ratios.shares())
    }

    fn refuse_empty(&self, rows: &View, parts: &[Vec<u32>]) -> Result<()> {
        let names = self.ratios.names();
        let names = names.items();
        let Some((name, _)) = names.iter().zip(parts).find(|(_, part)| part.is_empty()) else { return Ok(()) };
        let count = rows.len();
        let sizes: Vec<String> = names.iter().zip(parts).map(|(name, part)| format!("{name} {}", part.len())).collect();
        let sizes = sizes.join(", ");
        let what = match self.group_by {
            Some(column) => {
                let groups = Members::of(&rows.groups(column)?).count();
                format!("{groups} groups of `{column}` for {} splits", names.len())
            }
            None => format!("{count} rows for {} splits", names.len()),
        };
        let problem =
            format!("split `{name}` would be empty: {what} ({sizes}); make fewer splits, raise its share, or add data");
        Err(Error::EmptySplit { split: (*name).to_owned(), problem })
    }
}

impl From<Random> for SplitterSpec {
    fn from(splitter: Random) -> Self {
        splitter.spec()
    }
}

fn split(settings: &Settings, rows: &View, rng: &mut Rng) -> Result<Vec<Vec<u32>>> {
    let random = Random::from_settings(settings);
    match random.seed {
        Some(seed) => random.split(rows, &mut Rng::new(seed, Purpose::Split, Place::default())),
        None => random.split(rows, rng),
    }
}

/// The rule at shares, for a splitter that is used outside an experiment: each is above 0, and they sum to 1.
pub(super) fn check_shares(splitter: &str, shares: &[f64]) -> Result<()> {
    let sum: f64 = shares.iter().sum();
    if shares.iter().all(|share| *share > 0.0) && (sum - 1.0).abs() <= TOLERANCE {
        return Ok(());
    }
    let mut message = Message::new().text(splitter).text(": shares sum to ").number(sum).text(" (");
    for (i, &share) in shares.iter().enumerate() {
        message = message.text(if i > 0 { " + " } else { "" }).number(share);
    }
    Err(Error::Data(message.text("); each must be above 0, and they must sum to 1").to_string()))
}

/// Whole numbers as close to the shares of `count` as can be: each rounded down, what is left to the largest
/// remainders, earlier shares first among equals.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "shares of a row count are small and not negative"
)]
pub(super) fn sizes(count: usize, shares: &[f64]) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * count as f64).collect();
    let mut sizes: Vec<usize> = exact.iter().map(|exact| exact.floor() as usize).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    // Products such as 0.15 * 10 differ in their last bits; remainders that close are equal.
    let remainder = |split: &usize| exact.get(*split).map_or(0, |exact| (exact.fract() * 1e9).round() as i64);
    by_remainder.sort_by_key(|split| std::cmp::Reverse(remainder(split)));
    let left = count.saturating_sub(sizes.iter().sum());
    for split in by_remainder.into_iter().take(left) {
        if let Some(size) = sizes.get_mut(split) {
            *size += 1;
        }
    }
    sizes
}

/// Deals each stratum by the shares, the split of each row; given is the stratum of each row.
///
/// Every stratum gives each split its share rounded down. The rows that are left over in a stratum go one each to the
/// splits that lack most, as in Ryser's construction of a matrix from its sums, so that the sizes of the splits are
/// those of [`sizes`] over all rows however small the strata are. Row after row then draws one of the places that its
/// stratum has left, which is as random as shuffling the stratum, and reads and writes in order.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "shares of a row count are small and not negative"
)]
fn stratified(strata: impl Iterator<Item = u32> + Clone, shares: &[f64], rng: &mut Rng) -> Vec<u32> {
    let floor = |rows: usize, share: f64| (share * rows as f64 + 1e-9).floor() as usize;
    let mut counts: Vec<usize> = Vec::new();
    for stratum in strata.clone() {
        if counts.len() <= stratum as usize {
            counts.resize(stratum as usize + 1, 0);
        }
        if let Some(count) = counts.get_mut(stratum as usize) {
            *count += 1;
        }
    }
    let mut lacking = sizes(counts.iter().sum(), shares);
    for &count in &counts {
        for (lacking, share) in lacking.iter_mut().zip(shares) {
            *lacking = lacking.saturating_sub(floor(count, *share));
        }
    }
    // By stratum, the places that each split has left in it.
    let of_stratum = |count: &usize| shares.iter().map(|share| floor(*count, *share)).collect();
    let mut places: Vec<Vec<usize>> = counts.iter().map(of_stratum).collect();
    // Which strata give their odd rows first is random too.
    let mut order: Vec<(usize, &mut Vec<usize>)> = counts.iter().copied().zip(&mut places).collect();
    rng.shuffle(&mut order);
    for (count, places) in order {
        let left = count.saturating_sub(places.iter().sum());
        let mut by_lack: Vec<usize> = (0..shares.len()).collect();
        by_lack.sort_by_key(|split| std::cmp::Reverse(lacking.get(*split).copied()));
        for split in by_lack.into_iter().take(left) {
            if let (Some(places), Some(lacking)) = (places.get_mut(split), lacking.get_mut(split)) {
                *places += 1;
                *lacking = lacking.saturating_sub(1);
            }
        }
    }
    let deal = |stratum: u32| {
        let (Some(count), Some(places)) = (counts.get_mut(stratum as usize), places.get_mut(stratum as usize)) else {
            return LEFT_OUT;
        };
        let mut place = rng.below(*count);
        *count = count.saturating_sub(1);
        for (split, places) in (0u32..).zip(places) {
            if place < *places {
                *places -= 1;
                return split;
            }
            place -= *places;
        }
        LEFT_OUT
    };
    strata.map(deal).collect()
}

/// Deals whole groups, the split of each row: in a random order each group goes to the split that lacks most rows, and
/// of several deals the one is kept whose sizes are closest to the shares.
#[allow(clippy::cast_precision_loss, reason = "row counts are below 2^32")]
fn grouped(groups: &Members, shares: &[f64], rng: &mut Rng) -> Vec<u32> {
    let counts = groups.sizes();
    let rows: usize = counts.iter().sum();
    let targets: Vec<f64> = shares.iter().map(|share| share * rows as f64).collect();
    let least = miss(&sizes(rows, shares), &targets);
    let mut order: Vec<usize> = (0..counts.len()).collect();
    let mut best: Option<(f64, Vec<u32>)> = None;
    // With many groups the first deals already meet the shares; so large a number of groups is dealt less often.
    let deals = (DEALT_GROUPS / counts.len().max(1)).clamp(1, DEALS);
    for _ in 0..deals {
        rng.shuffle(&mut order);
        let deal = deal(&order, &counts, &targets);
        let miss = miss(&deal.sizes, &targets);
        if best.as_ref().is_none_or(|(least, _)| miss < *least) {
            best = Some((miss, deal.part_of));
        }
        if miss <= least {
            break;
        }
    }
    let part_of_group = best.map(|(_, part_of)| part_of).unwrap_or_default();
    let mut part_of = vec![LEFT_OUT; rows];
    for (positions, part) in groups.groups().zip(part_of_group) {
        assign(&mut part_of, positions, part);
    }
    part_of
}

/// Groups dealt to splits: the split of each group, and the rows of each split.
struct Deal {
    part_of: Vec<u32>,
    sizes: Vec<usize>,
}

/// Deals groups in an order, each to the split that lacks most rows.
#[allow(clippy::cast_precision_loss, reason = "row counts are below 2^32")]
fn deal(order: &[usize], counts: &[usize], targets: &[f64]) -> Deal {
    let mut deal = Deal { part_of: vec![LEFT_OUT; counts.len()], sizes: vec![0; targets.len()] };
    for &group in order {
        let lacks = |size: usize, target: f64| target - size as f64;
        let lacking = (0u32..).zip(deal.sizes.iter_mut()).zip(targets);
        let most = lacking.reduce(
            |most, next| {
                if lacks(*next.0.1, *next.1) > lacks(*most.0.1, *most.1) { next } else { most }
            },
        );
        if let (Some(((part, size), _)), Some(place), Some(count)) =
            (most, deal.part_of.get_mut(group), counts.get(group))
        {
            *place = part;
            *size += count;
        }
    }
    deal
}

/// How bad sizes are: their squared distances from the targets, and worse than any distance where a split stays empty.
#[allow(clippy::cast_precision_loss, reason = "row counts are below 2^32")]
fn miss(sizes: &[usize], targets: &[f64]) -> f64 {
    let miss = |(&size, &target): (&usize, &f64)| if size == 0 { 1e30 } else { (size as f64 - target).powi(2) };
    sizes.iter().zip(targets).map(miss).sum()
}
