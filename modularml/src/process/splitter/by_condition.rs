//! Splits of the rows that satisfy conditions.

use super::{Split, SplitNames, SplitterSpec, complete};
use crate::data::{Condition, Predicate, View};
use crate::process::members::{LEFT_OUT, assign, parts};
use crate::random::Rng;
use crate::spec::{Conditions, Label, Settings};
use crate::text::{Name, same};
use crate::{Error, Result};

/// How many ids an error shows.
const SHOWN: usize = 3;

/// Puts rows into splits by what their columns say: a predefined split, the cells of one batch, the days before a date.
///
/// Each split has the rows that satisfy its condition, in their order. A row that satisfies none is in no split, unless
/// [`rest`](Self::rest) names one for it; a row that satisfies several is an error, unless that is
/// [allowed](Self::allow_overlap).
///
/// In `experiment!` it is written `split pulse = ByCondition::splits(train: pulse.cell.lt(10), test: pulse.cell.ge(10));`.
/// Conditions on several columns are joined there as predicates are, `pulse.cell.lt(10).and(!pulse.set.eq("spare"))`;
/// in plain Rust by the variants of [`Condition`]. A missing value satisfies no comparison and no opposite of one, as in
/// SQL.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::process::SplitRecord;
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     volts: f32,
///     #[tag]
///     set: String,
/// }
///
/// const SET: Column<String> = Pulse::COLUMNS.set;
/// let sets = ["train", "test", "train", "spare"];
/// let pulses = FeatureSet::from_rows(sets.map(|set| Pulse { volts: 3.7, set: set.to_owned() }))?;
/// let splitter = ByCondition::splits(const { &[("train", SET.eq("train")), ("test", SET.eq("test"))] });
/// let splits = SplitRecord::new(0).split(splitter).replay(&pulses.view())?;
/// assert_eq!((splits[0].1.rows(), splits[1].1.rows()), (&[0, 2][..], &[1][..]));
///
/// let splits = SplitRecord::new(0).split(splitter.rest("others")).replay(&pulses.view())?;
/// assert_eq!(splits[2].1.rows(), [3]);
///
/// let refused = SplitRecord::new(0).split(splitter.complete()).replay(&pulses.view()).unwrap_err();
/// assert!(refused.to_string().contains("1 of 4 rows is in no split"), "{refused}");
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ByCondition {
    /// The splits, each with the condition that its rows satisfy.
    #[setting(first)]
    splits: Conditions,
    /// The split of the rows that satisfy no condition, which are left out without it.
    #[setting(default = None)]
    rest: Option<Label>,
    /// Refuses rows that satisfy no condition, and values that a condition lists and no row has, each with its counts and
    /// the name that was probably meant: for a column that says of every row in which split it is.
    #[setting(default = false)]
    complete: bool,
    /// Lets a row be in several splits. Splits that may overlap count as sharing rows wherever measuring rows that are
    /// learned from is refused.
    #[setting(default = false)]
    allow_overlap: bool,
}

impl ByCondition {
    /// The splitter with its type erased.
    #[must_use]
    pub const fn spec(self) -> SplitterSpec {
        let pairs = self.splits.pairs();
        let mut names = SplitNames::of(&[]);
        let mut i = 0;
        while i < pairs.len() {
            names = names.with(pairs[i].0);
            i += 1;
        }
        if let Some(rest) = self.rest {
            names = names.with(rest);
        }
        SplitterSpec {
            splits: names,
            conditions: self.splits,
            group_by: only_column(pairs),
            overlaps: self.allow_overlap,
            ..SplitterSpec::new("ByCondition", self.settings(), &[], code!(Split, split))
        }
    }

    fn split(&self, rows: &View) -> Result<Vec<Vec<u32>>> {
        let pairs = self.splits.pairs();
        let mut part_of = vec![LEFT_OUT; rows.len()];
        let mut found = Vec::new();
        for (part, (name, condition)) in (0u32..).zip(pairs) {
            let positions = positions(rows, &Predicate::from(*condition))?;
            if !self.allow_overlap {
                self.refuse_shared(rows, &part_of, &positions, name)?;
            }
            assign(&mut part_of, &positions, part);
            found.push(positions);
        }
        if self.complete {
            complete::check(rows, pairs, &part_of)?;
        }
        if self.rest.is_some() {
            let of_rest = part_of.iter().map(|&part| u32::from(part != LEFT_OUT)).collect::<Vec<_>>();
            found.append(&mut parts(&of_rest, 1));
        }
        Ok(found)
    }

    /// Refuses positions that are in an earlier split already.
    fn refuse_shared(&self, rows: &View, part_of: &[u32], positions: &[u32], name: &str) -> Result<()> {
        let part = |position: u32| part_of.get(position as usize).copied().filter(|&part| part != LEFT_OUT);
        let Some(first) = positions.iter().find_map(|&position| part(position)) else { return Ok(()) };
        let shared: Vec<u32> = positions.iter().copied().filter(|&position| part(position) == Some(first)).collect();
        let ids = rows.take(&shared)?.ids();
        let shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
        let pair = |name: &str| self.splits.pairs().iter().find(|pair| pair.0 == name);
        let other = self.splits.pairs().get(first as usize);
        let both = other.zip(pair(name)).map(|(one, other)| one.1.and(other.1).to_string()).unwrap_or_default();
        let problem = format!(
            "`{}` and `{name}` share {} rows ({both}; first ids: {}); change one condition, or write #[allow(overlap)]",
            other.map_or("?", |pair| pair.0),
            shared.len(),
            shown.join(", ")
        );
        Err(Error::Rows { ids, problem })
    }
}

/// The column of all conditions, where it is one: rows with equal values satisfy the same.
const fn only_column(pairs: &[(Label, Condition<'static>)]) -> Option<Name> {
    let mut only = None;
    let mut i = 0;
    while i < pairs.len() {
        only = match (only, pairs[i].1.only_column()) {
            (None, column) if i == 0 => column,
            (Some(first), Some(column)) if same(first, column) => Some(first),
            _ => return None,
        };
        i += 1;
    }
    only
}

/// The positions in a view of the rows that satisfy a predicate.
fn positions(rows: &View, wanted: &Predicate) -> Result<Vec<u32>> {
    let kept = rows.filter(wanted)?;
    let mut kept = kept.rows().iter().peekable();
    let mut positions = Vec::with_capacity(kept.len());
    // The kept rows are a subsequence of the view's, in which every copy of a row stays.
    for (position, row) in (0u32..).zip(rows.rows()) {
        if kept.next_if_eq(&row).is_some() {
            positions.push(position);
        }
    }
    Ok(positions)
}

impl From<ByCondition> for SplitterSpec {
    fn from(splitter: ByCondition) -> Self {
        splitter.spec()
    }
}

fn split(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<Vec<u32>>> {
    ByCondition::from_settings(settings).split(rows)
}
