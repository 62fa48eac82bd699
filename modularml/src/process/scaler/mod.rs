//! Scalers: they learn from the rows of one split and transform a column, computing in f64.

mod chain;
mod min_max;
mod standard;
#[cfg(test)]
mod tests;

pub use chain::FittedChain;
pub use min_max::MinMax;
pub use standard::Standard;

use crate::list::Name;
use crate::settings::Settings;
use crate::{Error, Result};

/// Learns from values, so many of them a row, under the scaler's settings.
pub type Fit = fn(&Settings, values: &[f64], width: usize) -> Result<Box<dyn FittedScaler>>;
/// Makes a fitted scaler again from what it has learned.
pub type Restore = fn(&Settings, state: &[Vec<f64>]) -> Result<Box<dyn FittedScaler>>;

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
    pub fit: Fit,
    /// Makes the fitted scaler again from [`FittedScaler::state`].
    pub restore: Restore,
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

/// The values of each position without NaN; a position without any is refused.
fn columns(scaler: &str, values: &[f64], width: usize) -> Result<Vec<Vec<f64>>> {
    let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(values.len() / width.max(1)); width];
    for row in values.chunks_exact(width.max(1)) {
        for (column, &value) in columns.iter_mut().zip(row) {
            if !value.is_nan() {
                column.push(value);
            }
        }
    }
    match columns.iter().position(Vec::is_empty) {
        None => Ok(columns),
        Some(position) => {
            let rows = values.len() / width.max(1);
            Err(Error::Data(format!("{scaler}: position {position} has no number in {rows} rows to learn from")))
        }
    }
}

/// Two lists out of a saved state, as long as each other.
fn learned(scaler: &str, state: &[Vec<f64>]) -> Result<[Vec<f64>; 2]> {
    match state {
        [first, second] if first.len() == second.len() => Ok([first.clone(), second.clone()]),
        _ => {
            let lengths: Vec<usize> = state.iter().map(Vec::len).collect();
            Err(Error::Data(format!(
                "{scaler}: the saved state has lists of {lengths:?} numbers, expected two equal ones"
            )))
        }
    }
}

/// Two numbers learned for each position.
struct Learned<'a> {
    scaler: &'a str,
    first: &'a [f64],
    second: &'a [f64],
}

impl Learned<'_> {
    /// Replaces each value by a function of it and of what was learned for its position.
    fn apply(&self, values: &mut [f64], width: usize, to: impl Fn(f64, f64, f64) -> f64) -> Result<()> {
        let (scaler, fitted) = (self.scaler, self.first.len());
        if width != fitted || width == 0 {
            return Err(Error::Data(format!("{scaler} was fitted to {fitted} values a row and is given {width}")));
        }
        if !values.len().is_multiple_of(width) {
            let count = values.len();
            return Err(Error::Data(format!("{scaler}: {count} values are no whole rows of {width}")));
        }
        for row in values.chunks_exact_mut(width) {
            for ((value, &first), &second) in row.iter_mut().zip(self.first).zip(self.second) {
                *value = to(*value, first, second);
            }
        }
        Ok(())
    }
}
