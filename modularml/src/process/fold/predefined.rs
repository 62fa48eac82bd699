//! Folds that a column names.

use super::{Divide, FoldPositions, FoldsSpec};
use crate::data::{Dtype, Numbers, Representation, View};
use crate::random::Rng;
use crate::spec::Settings;
use crate::text::Name;
use crate::{Error, Result};

/// Folds that the data names: rows with the smallest number in a column of whole numbers are tested in fold 0, those with
/// the next one in fold 1, and so on. Rows with a negative number are trained on in every fold, as in scikit-learn's
/// `PredefinedSplit`.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::random::{Place, Purpose};
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
///     #[tag]
///     fold: i64,
/// }
///
/// let folds = [0, 1, 1, -1, 0, 2];
/// let points = FeatureSet::from_rows(folds.map(|fold| Point { x: 0.0, fold }))?;
/// let mut rng = Rng::new(0, Purpose::Split, Place::default());
/// let folds = PredefinedFolds::by(Point::COLUMNS.fold).spec().positions(&points.view(), &mut rng)?;
/// assert_eq!(folds[1].test, [1, 2]);
/// assert_eq!(folds[1].train, [0, 3, 4, 5]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct PredefinedFolds {
    /// The column of whole numbers that tells the fold in which a row is tested.
    #[setting(first)]
    by: Name,
}

impl PredefinedFolds {
    /// The folds with their type erased.
    #[must_use]
    pub const fn spec(self) -> FoldsSpec {
        let spec = FoldsSpec::new("PredefinedFolds", self.settings(), code!(Divide, divide));
        // The column decides which rows stay together.
        FoldsSpec { group_by: Some(self.by), ..spec }
    }
}

impl From<PredefinedFolds> for FoldsSpec {
    fn from(folds: PredefinedFolds) -> Self {
        folds.spec()
    }
}

fn divide(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<FoldPositions>> {
    let by = PredefinedFolds::from_settings(settings).by;
    let folds = numbers(rows, by)?;
    let mut tested: Vec<i64> = folds.iter().copied().filter(|fold| *fold >= 0).collect();
    tested.sort_unstable();
    tested.dedup();
    if tested.is_empty() {
        let rows = rows.len();
        return Err(Error::Data(format!("PredefinedFolds: none of {rows} rows has a number from 0 on in `{by}`")));
    }
    let positions = |belongs: &dyn Fn(i64) -> bool| {
        (0u32..).zip(&folds).filter(|(_, fold)| belongs(**fold)).map(|(position, _)| position).collect()
    };
    let fold = |of| FoldPositions { train: positions(&|fold| fold != of), test: positions(&|fold| fold == of) };
    Ok(tested.into_iter().map(fold).collect())
}

/// The whole numbers of a column.
fn numbers(rows: &View, by: Name) -> Result<Vec<i64>> {
    let dtype = rows.schema().column(by).map(|column| column.dtype);
    if dtype.is_none_or(|dtype| dtype.is_integer() || dtype == Dtype::Class)
        && let Numbers::I64(values) = rows.array(by, Representation::Raw, Dtype::I64)?.numbers
        && values.len() == rows.len()
    {
        return Ok(values);
    }
    Err(Error::Data(format!("PredefinedFolds: column `{by}` tells no fold; it needs one whole number a row")))
}
