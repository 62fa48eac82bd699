//! Folds in time: each trains on what came before and tests on what comes next.

use super::{Divide, FoldPositions, FoldsSpec};
use crate::data::View;
use crate::process::order::{Order, gap_of};
use crate::process::windows;
use crate::random::Rng;
use crate::spec::{Label, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// Folds in the order of time, with a window of rows to train on that grows: the last `folds * test_size` rows are
/// tested in blocks, and each block is preceded by all rows before it to train on, less a gap.
///
/// The places are those of scikit-learn's `TimeSeriesSplit`, but rows to train on have smaller values than every row of
/// the block: those with the value of its first row are left out, and so are windows over recordings that read a row which
/// one of the block reads too.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::random::{Place, Purpose};
///
/// #[derive(SampleSchema)]
/// struct Reading {
///     #[feat]
///     volts: f32,
///     #[tag]
///     day: i64,
/// }
///
/// let readings = FeatureSet::from_rows((0..8).map(|day| Reading { volts: 1.0, day }))?;
/// let mut rng = Rng::new(0, Purpose::Split, Place::default());
/// let folds = TimeFolds::of(3).by(Reading::COLUMNS.day).gap(1).spec().folds(&readings.view(), &mut rng)?;
/// assert_eq!((folds[0].train.rows(), folds[0].test.rows()), (&[0][..], &[2, 3][..]));
/// assert_eq!((folds[1].train.rows(), folds[1].test.rows()), (&[0, 1, 2][..], &[4, 5][..]));
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct TimeFolds {
    /// The number of folds.
    #[setting(first = of, at_least = 2)]
    folds: usize,
    /// The column of numbers that orders the rows; without it they are in order already.
    #[setting(default = None)]
    by: Option<Name>,
    /// How many rows before each block of test rows are left out.
    #[setting(default = 0)]
    gap: usize,
    /// How much earlier than each block of test rows, at least, the rows to train on are, `"7 days"`. It needs an order by a
    /// `Timestamp` or `Date`. Of windows it is measured from the last row that one reads, be it of its horizon, to the first row of
    /// a block.
    #[setting(default = None)]
    gap_time: Option<Label>,
    /// The number of test rows of a fold; without it the number of rows divided by one more than the folds.
    #[setting(default = None, at_least = 1)]
    test_size: Option<usize>,
    /// How many rows there are to train on at most: the last ones before the gap.
    #[setting(default = None, at_least = 1)]
    most_train: Option<usize>,
}

impl TimeFolds {
    /// The folds with their type erased.
    #[must_use]
    pub const fn spec(self) -> FoldsSpec {
        FoldsSpec { order_by: self.by, ..FoldsSpec::new("TimeFolds", self.settings(), code!(Divide, divide)) }
    }

    fn divide(&self, rows: &View) -> Result<Vec<FoldPositions>> {
        let count = rows.len();
        let test = self.test_size.unwrap_or(count / self.folds.saturating_add(1));
        let tested = test.saturating_mul(self.folds);
        if test == 0 || count <= tested.saturating_add(self.gap) {
            let (folds, gap) = (self.folds, self.gap);
            return Err(Error::Data(format!(
                "TimeFolds: {folds} folds of {} test rows after a gap of {gap} need more than {count} rows; make fewer \
                 or smaller folds, or add data",
                test.max(1)
            )));
        }
        let gap_time = self.gap_time.map(|text| gap_of("TimeFolds", rows, self.by, text)).transpose()?;
        let order = self.by.map(|by| Order::by("TimeFolds", rows, by)).transpose()?;
        let in_order: Vec<u32> = match &order {
            Some(order) => order.positions.clone(),
            None => (0u32..).take(count).collect(),
        };
        let mut folds = Vec::new();
        for start in (count - tested..count).step_by(test) {
            let border = order.as_ref().map_or(start, |order| order.run_start(start));
            let at = |places: std::ops::Range<usize>| in_order.get(places).unwrap_or_default().to_vec();
            let end = match (&order, gap_time) {
                (Some(order), Some(gap)) => order.ends_before(start, gap),
                _ => border.min(start - self.gap),
            };
            let mut fold = FoldPositions { train: at(0..end), test: at(start..start + test) };
            if let (Some(order), Some(by), Some(gap)) = (&order, self.by, gap_time) {
                windows::cut_gap_before(rows, by, order.units(gap), &mut fold.train, &fold.test);
            }
            windows::cut(rows, &mut fold.train, std::slice::from_ref(&fold.test));
            let first = self.most_train.map_or(0, |most| fold.train.len().saturating_sub(most));
            fold.train.drain(..first);
            fold.train.sort_unstable();
            fold.test.sort_unstable();
            if let (true, Some(by)) = (fold.train.is_empty(), self.by) {
                let gap = self.gap_time.map(|gap| format!(", and the gap of {gap} takes them")).unwrap_or_default();
                return Err(Error::Data(format!(
                    "TimeFolds: no row is left to train on before the first of fold {}; {border} of {count} rows have a \
                     smaller `{by}`{gap}",
                    folds.len()
                )));
            }
            folds.push(fold);
        }
        Ok(folds)
    }
}

impl From<TimeFolds> for FoldsSpec {
    fn from(folds: TimeFolds) -> Self {
        folds.spec()
    }
}

fn divide(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<FoldPositions>> {
    TimeFolds::from_settings(settings).divide(rows)
}
