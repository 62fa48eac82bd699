//! Folds: the same rows divided several times into rows to train on and rows to test on, for cross-validation.

mod k_fold;
mod leave_one_group_out;
mod predefined;
mod stratified_groups;
#[cfg(test)]
mod tests;
mod time;

pub use k_fold::KFold;
pub use leave_one_group_out::LeaveOneGroupOut;
pub use predefined::PredefinedFolds;
pub use time::TimeFolds;

use crate::data::View;
use crate::process::windows;
use crate::random::Rng;
pub use crate::spec::FoldsSpec;
use crate::spec::{Code, Settings, SplitterSpec};
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

/// Divides the rows of a view under the settings of a way to make folds: the code of a [`FoldsSpec`].
pub type Divide = fn(&Settings, &View, &mut Rng) -> Result<Vec<FoldPositions>>;

impl FoldsSpec {
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
    /// empty or has a row twice, or windows to train on read rows of a recording that those to test on read too.
    pub fn positions(&self, rows: &View, rng: &mut Rng) -> Result<Vec<FoldPositions>> {
        let folds = divide(self.name, &self.settings, &self.code, rows, rng)?;
        refuse_shared(self.name, rows, &folds)?;
        Ok(folds)
    }
}

impl SplitterSpec {
    /// The folds of a view as positions in it; a splitter that makes none divides the rows once, and is refused here.
    ///
    /// # Errors
    /// As [`FoldsSpec::positions`]; that windows read the same rows is refused unless they `are_independent`.
    pub(crate) fn folds(&self, rows: &View, rng: &mut Rng, are_independent: bool) -> Result<Vec<FoldPositions>> {
        let folds = divide(self.name, &self.settings, &self.code, rows, rng)?;
        if !are_independent {
            refuse_shared(self.name, rows, &folds)?;
        }
        Ok(folds)
    }
}

/// Refuses folds whose windows to train on read rows that those to test on read too.
fn refuse_shared(name: Name, rows: &View, folds: &[FoldPositions]) -> Result<()> {
    folds.iter().enumerate().try_for_each(|(number, fold)| {
        let parts = [("train", &fold.train), ("test", &fold.test)];
        windows::refuse_shared(&format!("{name}, fold {number}"), rows, parts)
    })
}

fn divide(name: Name, settings: &Settings, code: &Code, rows: &View, rng: &mut Rng) -> Result<Vec<FoldPositions>> {
    settings.check_all(name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
    rows.require_rows("make folds of")?;
    let folds = code.function::<Divide>(name)?(settings, rows, rng)?;
    if folds.is_empty() {
        return Err(Error::Data(format!("{name} made no folds of {} rows", rows.len())));
    }
    let mut seen = vec![0; rows.len()];
    for (mark, fold) in (1u32..).zip(&folds) {
        for (part, positions) in [("train", &fold.train), ("test", &fold.test)] {
            if positions.is_empty() {
                let (fold, rows) = (mark - 1, rows.len());
                return Err(Error::Data(format!("{name}: the {part} rows of fold {fold} are none of {rows}")));
            }
            for &position in positions {
                let before = seen.get_mut(position as usize).map(|seen| std::mem::replace(seen, mark));
                if before.is_none_or(|before| before == mark) {
                    return Err(Error::Data(format!(
                        "{name} put row {position} into fold {} twice, or it is not among {} rows",
                        mark - 1,
                        rows.len()
                    )));
                }
            }
        }
    }
    Ok(folds)
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
