//! Splitters: they assign the rows of a view to named splits.

mod by_condition;
mod by_ids;
mod by_values;
mod complete;
mod ordered;
mod random;
mod record;

#[cfg(test)]
mod tests;

use crate::data::View;
use crate::process::windows;
use crate::random::Rng;
use crate::spec::{Code, Conditions, Settings};
pub use crate::spec::{SplitNames, SplitterSpec};
use crate::text::Name;
use crate::{Error, Result};
pub use by_condition::ByCondition;
pub use by_ids::ByIds;
pub use by_values::ByValues;
pub use ordered::Ordered;
pub use random::Random;
pub(crate) use record::Replayed;
pub use record::{SplitRecord, SplitStep};

/// Assigns positions of a view to splits under the splitter's settings: a list of positions for each split.
pub type Split = fn(&Settings, &View, &mut Rng) -> Result<Vec<Vec<u32>>>;

/// A splitter, as `#[derive(Splitter)]` implements it.
pub trait Splitter: Copy {
    /// The splits in order.
    const SPLITS: &'static [Name];
    /// What [`Assign::assign`] returns: the generated struct with the rows of each split.
    type Splits;
}

/// How a splitter assigns rows: the one method that its author writes.
///
/// ```
/// use modularml::{layers::*, losses::*, metrics::*, prelude::*};
///
/// /// Tests one row of so many.
/// #[derive(Splitter, Clone, Copy)]
/// #[splits(train, test)]
/// struct EveryNth {
///     /// One row of so many is tested.
///     #[setting(first, at_least = 2)]
///     n: usize,
/// }
///
/// impl Assign for EveryNth {
///     fn assign(&self, rows: &View, _rng: &mut Rng) -> Result<EveryNthSplits> {
///         let (test, train) = (0..rows.len() as u32).partition(|row| *row as usize % self.n == 0);
///         Ok(EveryNthSplits { train, test })
///     }
/// }
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
///     #[target]
///     y: f32,
/// }
///
/// model_graph! {
///     #[optimizer(Adam::lr(1e-2))]
///     graph Line(point: Point) {
///         y = Linear(point.x) -> point.y;
///     }
/// }
///
/// experiment! {
///     experiment LineStudy for Line {
///         seed = 0;
///         split point = EveryNth::n(5);
///         split point.train = Random::ratios(fit: 0.75, val: 0.25);
///         train regress {
///             feed point = Batches::of(8).shuffled()(fit);
///             loss = Mse(y, point.y);
///             epochs = 1;
///         }
///         eval held_out { feed point = test; rmse = Rmse(y, point.y); }
///     }
/// }
///
/// let points = FeatureSet::from_rows((0..40u8).map(|x| Point { x: x.into(), y: 2.0 * f32::from(x) }))?;
/// let study = LineStudy::new(points)?;
/// assert_eq!(study.session().split("point", "test")?.rows(), [0, 5, 10, 15, 20, 25, 30, 35]);
/// assert_eq!(study.split(LineStudy::SPLITS.point.fit)?.len(), 24);
/// # Ok::<(), modularml::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` derives Splitter but says not which rows are in which split",
    label = "`Assign` is missing",
    note = "write: impl Assign for {Self} {{ fn assign(&self, rows: &View, rng: &mut Rng) -> Result<..> {{ .. }} }}"
)]
pub trait Assign: Splitter {
    /// Puts rows into splits, as positions in `rows`; a row in no split is left out. All randomness comes from `rng`.
    ///
    /// # Errors
    /// When the rows cannot be split so.
    fn assign(&self, rows: &View, rng: &mut Rng) -> Result<Self::Splits>;
}

/// A splitter that puts all rows into one split.
pub(crate) const fn everything(split: Name) -> SplitterSpec {
    Random::ratios([(split, 1.0)]).spec()
}

impl SplitterSpec {
    /// A splitter that makes these splits of single rows, in any order, none of them sharing rows; the other fields say
    /// otherwise: `SplitterSpec { group_by: Some("cell"), ..SplitterSpec::new(..) }`.
    #[must_use]
    pub const fn new(name: Name, settings: Settings, splits: &[Name], code: Code) -> Self {
        Self {
            name,
            settings,
            splits: SplitNames::of(splits),
            shares: None,
            conditions: Conditions::new(&[]),
            group_by: None,
            stratify_by: None,
            order_by: None,
            overlaps: false,
            folds: false,
            code,
        }
    }

    /// The splits that it makes, in order.
    #[must_use]
    pub const fn names(&self) -> &[Name] {
        self.splits.as_slice()
    }

    /// The rows of each split, in the order of [`SplitterSpec::names`].
    ///
    /// # Errors
    /// As [`SplitterSpec::positions`].
    pub fn apply(&self, rows: &View, rng: &mut Rng) -> Result<Vec<(Name, View)>> {
        let parts = self.positions(rows, rng)?;
        parts.into_iter().map(|(name, positions)| Ok((name, rows.take(&positions)?))).collect()
    }

    /// The rows of each split as positions in `rows`, in the order of [`SplitterSpec::names`]. No row
    /// is in two of them, unless the splitter [lets splits overlap](SplitterSpec::overlaps).
    ///
    /// # Errors
    /// When a setting is out of its range, the rows cannot be split as asked, a split would be empty, a splitter
    /// puts a row into one split twice, or into two, or windows of two splits read the same rows of a recording.
    pub fn positions(&self, rows: &View, rng: &mut Rng) -> Result<Vec<(Name, Vec<u32>)>> {
        let parts = self.positions_of_independent(rows, rng)?;
        if !self.overlaps {
            windows::refuse_shared(self.name, rows, parts.iter().map(|(name, positions)| (*name, positions)))?;
        }
        Ok(parts)
    }

    /// The same where windows may read the same rows.
    pub(crate) fn positions_of_independent(&self, rows: &View, rng: &mut Rng) -> Result<Vec<(Name, Vec<u32>)>> {
        self.settings.check_all(self.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
        rows.require_rows("split")?;
        let parts = self.code.function::<Split>(self.name)?(&self.settings, rows, rng)?;
        let (found, expected) = (parts.len(), self.names().len());
        if found != expected {
            return Err(Error::Data(format!("splitter `{}` made {found} splits, it declares {expected}", self.name)));
        }
        let mut taken = vec![false; rows.len()];
        for (&name, positions) in self.names().iter().zip(&parts) {
            if positions.is_empty() {
                return Err(Error::Data(format!("split `{name}` would be empty of {} rows", rows.len())));
            }
            if self.overlaps {
                taken.fill(false);
            }
            for &position in positions {
                let problem = match taken.get_mut(position as usize).map(|taken| std::mem::replace(taken, true)) {
                    Some(false) => continue,
                    Some(true) => "a second time".to_owned(),
                    None => format!("of {} rows", rows.len()),
                };
                return Err(Error::Data(format!(
                    "splitter `{}` put row {position} into split `{name}` {problem}",
                    self.name
                )));
            }
        }
        Ok(self.names().iter().copied().zip(parts).collect())
    }
}
