//! K-fold: of single rows, of strata evenly, or of whole groups; once or repeated.

use super::stratified_groups::stratified_groups;
use super::{Divide, FoldPositions, FoldsSpec, one_against_the_rest};
use crate::data::View;
use crate::process::members::{LEFT_OUT, Members, assign};
use crate::random::{Place, Purpose, Rng};
use crate::spec::Settings;
use crate::text::Name;
use crate::{Error, Result};

/// Divides rows into parts, each of which is tested once while the others are trained on.
///
/// Sizes are those of scikit-learn's `KFold`: of n rows the first n % k parts have one row more. Stratified, each part
/// has the rows of each value to within one, as in `StratifiedKFold`; grouped, the largest group goes first and always
/// to the part with the fewest rows, as in `GroupKFold`; grouped and stratified, as in `StratifiedGroupKFold`.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::random::{Place, Purpose};
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
/// }
///
/// let points = FeatureSet::from_rows((0..10u8).map(|x| Point { x: x.into() }))?;
/// let mut rng = Rng::new(42, Purpose::Split, Place::default());
/// let folds = KFold::of(3).shuffled().spec().folds(&points.view(), &mut rng)?;
/// assert_eq!(folds.iter().map(|fold| fold.test.len()).collect::<Vec<_>>(), [4, 3, 3]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct KFold {
    /// The number of parts.
    #[setting(first = of, at_least = 2)]
    folds: usize,
    /// Deals rows at random; without it parts are contiguous. Groups of one size are dealt at random.
    #[setting(default = false)]
    shuffled: bool,
    /// A column whose values are spread evenly over the parts.
    #[setting(default = None)]
    stratify_by: Option<Name>,
    /// A column whose equal values stay together in one part.
    #[setting(default = None)]
    group_by: Option<Name>,
    /// How often all rows are divided, each time at random anew: it needs `.shuffled()`.
    #[setting(default = 1, at_least = 1)]
    repeats: usize,
    /// A seed of its own, in place of the generator that is given.
    #[setting(default = None)]
    seed: Option<u64>,
}

impl KFold {
    /// The folds with their type erased.
    #[must_use]
    pub const fn spec(self) -> FoldsSpec {
        FoldsSpec {
            group_by: self.group_by,
            stratify_by: self.stratify_by,
            ..FoldsSpec::new("KFold", self.settings(), code!(Divide, divide))
        }
    }

    fn divide(&self, rows: &View, rng: &mut Rng) -> Result<Vec<FoldPositions>> {
        if self.repeats > 1 && !self.shuffled {
            let message = format!("KFold: {} repeats would be the same without .shuffled(); add it", self.repeats);
            return Err(Error::Data(message));
        }
        let mut folds = Vec::new();
        for _ in 0..self.repeats {
            let part_of = match (self.group_by, self.stratify_by) {
                (Some(group), Some(stratify)) => {
                    let groups = Members::of(&rows.groups(group)?);
                    self.refuse_fewer(groups.count(), || format!("{} groups of `{group}`", groups.count()))?;
                    let values = rows.groups(stratify)?;
                    let most = Members::of(&values).sizes().into_iter().max().unwrap_or(0);
                    self.refuse_fewer(most, || format!("at most {most} rows of one value of `{stratify}`"))?;
                    stratified_groups(self.folds, &groups, &values, self.shuffled.then_some(&mut *rng))
                }
                (Some(column), None) => self.grouped(column, &Members::of(&rows.groups(column)?), rng)?,
                (None, Some(column)) => self.stratified(column, Members::of(&rows.groups(column)?), rng)?,
                (None, None) => self.plain(rows.len(), rng)?,
            };
            folds.append(&mut one_against_the_rest(&part_of, self.folds));
        }
        Ok(folds)
    }

    fn plain(&self, rows: usize, rng: &mut Rng) -> Result<Vec<u32>> {
        self.refuse_fewer(rows, || format!("{rows} rows"))?;
        let mut order: Vec<u32> = (0u32..).take(rows).collect();
        if self.shuffled {
            rng.shuffle(&mut order);
        }
        let mut part_of = vec![LEFT_OUT; rows];
        let mut rest = order.as_slice();
        for part in 0..self.folds {
            let size = rows / self.folds + usize::from(part < rows % self.folds);
            let (positions, others) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            assign(&mut part_of, positions, number(part));
            rest = others;
        }
        Ok(part_of)
    }

    /// As `StratifiedKFold`: of the values in sorted order part p takes every k-th from the p-th on, which tells how
    /// many rows of each value it gets.
    fn stratified(&self, column: &str, mut strata: Members, rng: &mut Rng) -> Result<Vec<u32>> {
        let counts = strata.sizes();
        let largest = counts.iter().copied().max().unwrap_or(0);
        self.refuse_fewer(largest, || format!("at most {largest} rows of one value of `{column}`"))?;
        let mut part_of = vec![LEFT_OUT; counts.iter().sum()];
        let mut start = 0;
        for (stratum, count) in strata.groups_mut().zip(counts) {
            let end = start + count;
            let below = |place: usize, part: usize| (place + self.folds - 1 - part) / self.folds;
            let takes = (0..self.folds).map(|part| below(end, part) - below(start, part));
            if self.shuffled {
                rng.shuffle(stratum);
            }
            let mut rest: &[u32] = stratum;
            for (part, take) in takes.enumerate() {
                let (positions, others) = rest.split_at_checked(take).unwrap_or((rest, &[]));
                assign(&mut part_of, positions, number(part));
                rest = others;
            }
            start = end;
        }
        Ok(part_of)
    }

    /// As `GroupKFold`: the largest group first, each to the part that has the fewest rows.
    fn grouped(&self, column: &str, groups: &Members, rng: &mut Rng) -> Result<Vec<u32>> {
        self.refuse_fewer(groups.count(), || format!("{} groups of `{column}`", groups.count()))?;
        let mut order: Vec<&[u32]> = groups.groups().collect();
        if self.shuffled {
            rng.shuffle(&mut order);
        }
        order.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let mut sizes = vec![0; self.folds];
        let mut part_of = vec![LEFT_OUT; groups.sizes().into_iter().sum()];
        for group in order {
            let Some((part, size)) = sizes.iter_mut().enumerate().min_by_key(|(_, size)| **size) else { continue };
            *size += group.len();
            assign(&mut part_of, group, number(part));
        }
        Ok(part_of)
    }

    fn refuse_fewer(&self, found: usize, what: impl Fn() -> String) -> Result<()> {
        if found >= self.folds {
            return Ok(());
        }
        Err(Error::Data(format!("KFold: {} folds of {}; make fewer folds, or add data", self.folds, what())))
    }
}

impl From<KFold> for FoldsSpec {
    fn from(folds: KFold) -> Self {
        folds.spec()
    }
}

fn divide(settings: &Settings, rows: &View, rng: &mut Rng) -> Result<Vec<FoldPositions>> {
    let folds = KFold::from_settings(settings);
    match folds.seed {
        Some(seed) => folds.divide(rows, &mut Rng::new(seed, Purpose::Split, Place::default())),
        None => folds.divide(rows, rng),
    }
}

/// The number of a part; there are fewer parts than rows, which are counted in 32 bits.
fn number(part: usize) -> u32 {
    u32::try_from(part).unwrap_or(LEFT_OUT)
}
