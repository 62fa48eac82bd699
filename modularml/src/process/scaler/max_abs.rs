//! Scaling by the largest absolute value.

use super::affine::{Affine, one_for_zero};
use super::shared::Statistics;
use super::statistics::extremes;
use super::{Scaler, TrainingRows};
use crate::Result;
use crate::text::Shape;

/// Divides each position by its largest absolute value over the rows that it learns from, so that zeros stay zeros.
///
/// NaN is ignored in learning and kept in transforming; zeros alone are left as they are. As scikit-learn's
/// `MaxAbsScaler`.
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct MaxAbs {
    /// Axes over which one largest value is shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for MaxAbs {
    type Fitted = Affine;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<Affine> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let ends = extremes(rows, &statistics)?;
        let scale = ends.into_iter().map(|(min, max)| one_for_zero(max.max(-min))).collect();
        Ok(Affine::new(&statistics, vec![0.0; statistics.count()], scale))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<Affine> {
        Affine::restore(&Statistics::new(shape, self.over)?, state)
    }
}
