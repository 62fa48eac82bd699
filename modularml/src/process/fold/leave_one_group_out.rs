//! Leave one group out: each value of a column is tested once.

use super::{Divide, FoldPositions, FoldsSpec, one_against_the_rest};
use crate::data::View;
use crate::random::Rng;
use crate::spec::Settings;
use crate::text::Name;
use crate::{Error, Result};

/// One fold for each value of a column: its rows are tested, all others are trained on. Folds come in the order in
/// which their values first appear; rows without a value are a group too.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::random::{Place, Purpose};
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     volts: f32,
///     #[tag(group)]
///     cell: i64,
/// }
///
/// let pulses = FeatureSet::from_rows([3, 1, 3, 2].map(|cell| Pulse { volts: 3.7, cell }))?;
/// let mut rng = Rng::new(0, Purpose::Split, Place::default());
/// let folds = LeaveOneGroupOut::by(Pulse::COLUMNS.cell).spec().folds(&pulses.view(), &mut rng)?;
/// assert_eq!(folds.len(), 3);
/// assert_eq!(folds[0].test.rows(), [0, 2]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct LeaveOneGroupOut {
    /// The column whose equal values are one group.
    #[setting(first = by)]
    group_by: Name,
}

impl LeaveOneGroupOut {
    /// The folds with their type erased.
    #[must_use]
    pub const fn spec(self) -> FoldsSpec {
        FoldsSpec {
            group_by: Some(self.group_by),
            ..FoldsSpec::new("LeaveOneGroupOut", self.settings(), code!(Divide, divide))
        }
    }
}

impl From<LeaveOneGroupOut> for FoldsSpec {
    fn from(folds: LeaveOneGroupOut) -> Self {
        folds.spec()
    }
}

fn divide(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<FoldPositions>> {
    let by = LeaveOneGroupOut::from_settings(settings).group_by;
    let groups = rows.groups(by)?;
    let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
    if count < 2 {
        return Err(Error::Data(format!(
            "LeaveOneGroupOut: {count} group of `{by}` in {} rows; at least 2 are needed, one to test and one to train",
            rows.len()
        )));
    }
    Ok(one_against_the_rest(&groups, count))
}
