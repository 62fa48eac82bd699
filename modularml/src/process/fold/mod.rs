//! Folds: the same rows divided several times into rows to train on and rows to test on, for cross-validation.

mod k_fold;
mod leave_one_group_out;
#[cfg(test)]
mod tests;
mod time;

pub use k_fold::KFold;
pub use leave_one_group_out::LeaveOneGroupOut;
pub use time::TimeFolds;

use crate::data::View;
use crate::random::Rng;
use crate::spec::Settings;
use crate::text::Name;
use crate::{Error, Result};

/// One division of the rows.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The rows to train on.
    pub train: View,
    /// The rows to test on.
    pub test: View,
}

/// One division of the rows, as positions in a view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldPositions {
    /// The rows to train on.
    pub train: Vec<u32>,
    /// The rows to test on.
    pub test: Vec<u32>,
}

/// Divides the rows of a view under the settings of a folder.
pub type Divide = fn(&Settings, &View, &mut Rng) -> Result<Vec<FoldPositions>>;

/// A way to make folds, with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct FoldsSpec {
    /// The registered name, for example `KFold`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The column whose equal values stay together.
    pub group_by: Option<Name>,
    /// The column whose values are spread evenly.
    pub stratify_by: Option<Name>,
    /// The column whose values order the rows.
    pub order_by: Option<Name>,
    /// Divides the rows.
    pub divide: Divide,
}

impl FoldsSpec {
    /// Folds of single rows in any order; the other fields say otherwise.
    #[must_use]
    pub const fn new(name: Name, settings: Settings, divide: Divide) -> Self {
        Self { name, settings, group_by: None, stratify_by: None, order_by: None, divide }
    }

    /// The folds of a view.
    ///
    /// # Errors
    /// As [`FoldsSpec::positions`].
    pub fn folds(&self, rows: &View, rng: &mut Rng) -> Result<Vec<Fold>> {
        let folds = self.positions(rows, rng)?;
        let view = |fold: FoldPositions| Ok(Fold { train: rows.take(&fold.train)?, test: rows.take(&fold.test)? });
        folds.into_iter().map(view).collect()
    }

    /// The folds of a view as positions in it.
    ///
    /// # Errors
    /// When a setting is out of its range, there are too few rows, groups or rows of a class, or a part of a fold is
    /// empty or has a row twice.
    pub fn positions(&self, rows: &View, rng: &mut Rng) -> Result<Vec<FoldPositions>> {
        self.settings.check_all(self.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
        let folds = (self.divide)(&self.settings, rows, rng)?;
        let mut seen = vec![0; rows.len()];
        for (mark, fold) in (1u32..).zip(&folds) {
            for (part, positions) in [("train", &fold.train), ("test", &fold.test)] {
                if positions.is_empty() {
                    let (name, rows) = (self.name, rows.len());
                    return Err(Error::Data(format!("{name}: the {part} rows of fold {mark} are none of {rows}")));
                }
                for &position in positions {
                    let before = seen.get_mut(position as usize).map(|seen| std::mem::replace(seen, mark));
                    if before.is_none_or(|before| before == mark) {
                        return Err(Error::Data(format!(
                            "{} put row {position} into fold {mark} twice, or it is not among {} rows",
                            self.name,
                            rows.len()
                        )));
                    }
                }
            }
        }
        Ok(folds)
    }
}

/// The folds in which each part is tested once and all others are trained on.
fn one_against_the_rest(part_of: &[u32], count: usize) -> Vec<FoldPositions> {
    let mut sizes = vec![0; count];
    for &part in part_of {
        if let Some(size) = sizes.get_mut(part as usize) {
            *size += 1;
        }
    }
    (0u32..)
        .zip(sizes)
        .map(|(part, size)| {
            let mut fold =
                FoldPositions { train: Vec::with_capacity(part_of.len() - size), test: Vec::with_capacity(size) };
            for (position, &of) in (0u32..).zip(part_of) {
                if of == part { fold.test.push(position) } else { fold.train.push(position) }
            }
            fold
        })
        .collect()
}
