//! Scalers: they learn from the rows of one split and transform a column, computing in f64.

use crate::Result;
use crate::list::Name;
use crate::settings::Settings;

/// A scaler with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct ScalerSpec {
    /// The registered name, for example `Standard`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether transformed values can be brought back to raw units.
    pub inverts: bool,
    /// Learns from values, `width` of them a row.
    pub fit: fn(&Settings, values: &[f64], width: usize) -> Result<Box<dyn FittedScaler>>,
    /// Makes the fitted scaler again from [`FittedScaler::state`].
    pub restore: fn(&Settings, state: &[Vec<f64>]) -> Result<Box<dyn FittedScaler>>,
}

/// A scaler that has learned from data.
pub trait FittedScaler: Send + Sync + std::fmt::Debug {
    /// Transforms values in place, `width` of them a row.
    ///
    /// # Errors
    /// When the width differs from the one that was fitted.
    fn transform(&self, values: &mut [f64], width: usize) -> Result<()>;

    /// Brings transformed values back to raw units in place.
    ///
    /// # Errors
    /// When the width differs from the one that was fitted, or the scaler has no inverse.
    fn inverse(&self, values: &mut [f64], width: usize) -> Result<()>;

    /// What was learned, for saving.
    fn state(&self) -> Vec<Vec<f64>>;
}
