//! Standardisation.

use super::affine::Affine;
use super::shared::Statistics;
use super::statistics::moments;
use super::{Scaler, TrainingRows};
use crate::Result;
use crate::text::Shape;

/// Brings each position to mean 0 and variance 1 over the rows that it learns from.
///
/// `(x - mean) / sqrt(variance)`, the variance divided by the number of values. NaN is ignored in learning and kept in
/// transforming. Where the values are constant up to rounding, they are only centred. As scikit-learn's
/// `StandardScaler`.
///
/// ```
/// use modularml::data::Shape;
/// use modularml::process::{Standard, TrainingRows};
///
/// // Two channels of two values each; one mean and one variance a channel.
/// let rows = TrainingRows::of(&[1.0, 3.0, 10.0, 30.0], Shape::new(&[2, 2]))?;
/// let fitted = Standard::new().over([1]).spec().fit(&rows)?;
/// let mut values = vec![1.0, 3.0, 10.0, 30.0];
/// fitted.transform(&mut values)?;
/// assert_eq!(values, [-1.0, 1.0, -1.0, 1.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
pub struct Standard {
    /// Leaves the mean where it is.
    #[setting(default = false)]
    without_mean: bool,
    /// Leaves the variance as it is.
    #[setting(default = false)]
    without_std: bool,
    /// Axes over which one mean and variance are shared; without it, each position has its own.
    #[setting(default = None)]
    over: Option<Shape>,
}

impl Scaler for Standard {
    type Fitted = Affine;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<Affine> {
        let statistics = Statistics::new(rows.shape(), self.over)?;
        let moments = moments(rows, &statistics)?;
        let shift = moments.iter().map(|found| if self.without_mean { 0.0 } else { found.mean }).collect();
        let scale = moments
            .iter()
            .map(|found| if self.without_std || found.is_constant() { 1.0 } else { found.variance().sqrt() });
        let scale = scale.collect();
        Ok(Affine::new(&statistics, shift, scale))
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<Affine> {
        Affine::restore(&Statistics::new(shape, self.over)?, state)
    }
}
