//! How rows were split, so that they can be split again in the same way.

use serde::{Deserialize, Serialize};

use super::SplitterSpec;
use crate::data::View;
use crate::error::At as _;
use crate::process::fold::FoldPositions;
use crate::random::{Place, Purpose, Rng};
use crate::spec::{Registry, WithinFold};
use crate::text::{Name, intern, interned};
use crate::{Error, Result};

/// The phase of the generator's [`Place`] in which inner folds draw.
const INNER: u32 = 1;

/// One step of a [`SplitRecord`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitStep {
    /// The split of an earlier step whose rows are split; all rows when not given.
    #[serde(default, deserialize_with = "interned")]
    pub of: Option<Name>,
    /// The splitter.
    pub splitter: SplitterSpec,
    /// The item of the generator's [`Place`]: which numbers are drawn under the seed.
    pub item: u32,
    /// The fold of which only the rows to train on are split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<WithinFold>,
    /// Whether windows in different splits may read the same rows of a recording (`#[allow(ungrouped)]`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rows_are_independent: bool,
}

/// How the rows of one FeatureSet are split: a seed, and splitters one after the other, each for all rows or for those
/// of an earlier split. The same record gives the same splits of the same rows each time.
///
/// ```
/// use modularml::Registry;
/// use modularml::prelude::*;
/// use modularml::process::SplitRecord;
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
/// }
///
/// let points = FeatureSet::from_rows((0..100u8).map(|x| Point { x: x.into() }))?;
/// let record = SplitRecord::new(42)
///     .split(Random::ratios([("train", 0.8), ("test", 0.2)]))
///     .split_of("train", Random::ratios([("fit", 0.9), ("val", 0.1)]));
/// let splits = record.replay(&points.view())?;
/// let sizes: Vec<_> = splits.iter().map(|(name, rows)| (*name, rows.len())).collect();
/// assert_eq!(sizes, [("train", 80), ("test", 20), ("fit", 72), ("val", 8)]);
///
/// let again = SplitRecord::from_json(&record.to_json()?, &Registry::new())?.replay(&points.view())?;
/// assert_eq!(again[3].1.ids(), splits[3].1.ids());
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct SplitRecord {
    seed: u64,
    #[serde(default)]
    fold: u32,
    #[serde(rename = "splits")]
    steps: Vec<SplitStep>,
}

impl SplitRecord {
    /// A record without steps.
    pub const fn new(seed: u64) -> Self {
        Self { seed, fold: 0, steps: Vec::new() }
    }

    /// The same in a fold of a cross-validation: a step of folds makes the splits of that one, and what is split below them
    /// draws numbers apart from those of other folds. All other splits are the same in every fold.
    pub fn in_fold(self, fold: u32) -> Self {
        Self { fold, ..self }
    }

    /// Splits all rows.
    pub fn split(self, splitter: impl Into<SplitterSpec>) -> Self {
        self.next(None, splitter.into())
    }

    /// Splits the rows of an earlier split.
    pub fn split_of(self, split: &str, splitter: impl Into<SplitterSpec>) -> Self {
        self.next(Some(intern(split)), splitter.into())
    }

    fn next(self, of: Option<Name>, splitter: SplitterSpec) -> Self {
        let item = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        self.step(SplitStep { of, splitter, item, within: None, rows_are_independent: false })
    }

    pub(crate) fn step(mut self, step: SplitStep) -> Self {
        self.steps.push(step);
        self
    }

    /// The record as JSON: splitters by name and settings.
    ///
    /// # Errors
    /// None in practice; JSON holds every setting.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::Data(error.to_string()))
    }

    /// Reads what [`SplitRecord::to_json`] wrote, with the splitters of a registry.
    ///
    /// # Errors
    /// When the text is no record, or names a splitter that is not registered or has other settings.
    pub fn from_json(text: &str, registry: &Registry) -> Result<Self> {
        crate::spec::read(registry, text.as_bytes())
            .map_err(|problem| Error::Data(format!("not a record of splits: {problem}")))
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The fold of a cross-validation; 0 outside of one.
    #[must_use]
    pub const fn fold(&self) -> u32 {
        self.fold
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[SplitStep] {
        &self.steps
    }

    /// Every split in the order of the steps.
    ///
    /// # Errors
    /// As [`SplitRecord::positions`].
    pub fn replay(&self, rows: &View) -> Result<Vec<(Name, View)>> {
        self.positions(rows)?.into_iter().map(|(name, positions)| Ok((name, rows.take(&positions)?))).collect()
    }

    /// Every split as positions in `rows`, in the order of the steps.
    ///
    /// # Errors
    /// When a step names a split that no earlier one makes, two splits have one name, there is no such fold, or a splitter
    /// fails.
    pub fn positions(&self, rows: &View) -> Result<Vec<(Name, Vec<u32>)>> {
        Ok(self.in_folds(rows)?.splits)
    }

    /// The same, and how many folds there are.
    pub(crate) fn in_folds(&self, rows: &View) -> Result<Replayed> {
        let (mut splits, mut count) = (Vec::<Made>::new(), None);
        for step in &self.steps {
            let of = step.of.map(|of| {
                let made = splits.iter().find(|made| made.name == of);
                made.ok_or_else(|| no_split(of, &splits))
            });
            let of = of.transpose()?;
            let is_of_fold = of.is_some_and(|of| of.is_of_fold);
            let mut from = of.map(|of| of.positions.clone());
            let at = || step.of.map_or_else(|| "all rows".to_owned(), |of| format!("of `{of}`"));
            let mut place = Place { fold: if is_of_fold { self.fold } else { 0 }, item: step.item, ..Place::default() };
            if let Some(within) = &step.within {
                let taken = rows_at(rows, from.as_deref())?;
                // What the outer folds share is refused where they are made.
                let rng = &mut Rng::new(self.seed, Purpose::Split, place);
                let folds = within.folds.folds(&taken, rng, true).at(at)?;
                from = Some(below(fold_of(&within.folds, folds, within.fold)?.train, from.as_deref()));
                // Inner folds draw apart from the outer ones.
                place = Place { fold: within.fold, phase: INNER, ..place };
            }
            let taken = rows_at(rows, from.as_deref())?;
            let rng = &mut Rng::new(self.seed, Purpose::Split, place);
            let parts = if step.splitter.folds {
                let folds = step.splitter.folds(&taken, rng, step.rows_are_independent).at(at)?;
                count = Some(folds.len());
                let FoldPositions { train, test } = fold_of(&step.splitter, folds, self.fold)?;
                step.splitter.names().iter().copied().zip([train, test]).collect()
            } else {
                let parts = if step.rows_are_independent {
                    step.splitter.positions_of_independent(&taken, rng)
                } else {
                    step.splitter.positions(&taken, rng)
                };
                match step.of {
                    Some(_) => parts.at(at)?,
                    None => parts?,
                }
            };
            let in_rows = |positions: Vec<u32>| below(positions, from.as_deref());
            let is_of_fold = is_of_fold || step.splitter.folds;
            let parts: Vec<_> = parts
                .into_iter()
                .map(|(name, positions)| Made { name, positions: in_rows(positions), is_of_fold })
                .collect();
            for part in parts {
                if splits.iter().any(|other| other.name == part.name) {
                    return Err(Error::Data(format!("split `{}` is made twice; rename one", part.name)));
                }
                splits.push(part);
            }
        }
        let splits = splits.into_iter().map(|made| (made.name, made.positions)).collect();
        Ok(Replayed { splits, folds: count })
    }
}

/// The rows at some positions; all where none are given.
fn rows_at(rows: &View, positions: Option<&[u32]>) -> Result<View> {
    positions.map_or_else(|| Ok(rows.clone()), |positions| rows.take(positions))
}

/// Positions among others as positions in all rows.
fn below(positions: Vec<u32>, of: Option<&[u32]>) -> Vec<u32> {
    match of {
        Some(of) => positions.into_iter().filter_map(|position| of.get(position as usize).copied()).collect(),
        None => positions,
    }
}

/// One of the folds that a splitter has made.
fn fold_of(splitter: &SplitterSpec, folds: Vec<FoldPositions>, fold: u32) -> Result<FoldPositions> {
    let count = folds.len();
    folds
        .into_iter()
        .nth(fold as usize)
        .ok_or_else(|| Error::Data(format!("there is no fold {fold}: {} makes {count}, counted from 0", splitter.name)))
}

/// What the steps have made.
pub(crate) struct Replayed {
    /// Every split as positions, in the order of the steps.
    pub splits: Vec<(Name, Vec<u32>)>,
    /// How many folds there are where a step makes folds.
    pub folds: Option<usize>,
}

/// A split that a step has made.
struct Made {
    name: Name,
    positions: Vec<u32>,
    /// Whether it is another one in each fold.
    is_of_fold: bool,
}

fn no_split(name: Name, splits: &[Made]) -> Error {
    let known: Vec<Name> = splits.iter().map(|made| made.name).collect();
    let near = crate::text::nearest(name, &known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Error::Data(format!("no split `{name}` to split further; there are {}{near}", known.join(", ")))
}
