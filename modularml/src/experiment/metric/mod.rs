//! Metrics: what an evaluation reports, exact over all rows of a split.

mod accuracy;
mod numbers;

use candle_core::Tensor;

pub use accuracy::Accuracy;
pub use numbers::{Mae, R2, Rmse};

use super::loss::{Agreement, Slot};
use crate::Result;
use crate::list::Name;
use crate::settings::Settings;

/// A metric with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// The registered name, for example `Rmse`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Its inputs in order: the prediction, then the target.
    pub inputs: &'static [Slot],
    /// How the shapes of the inputs must agree.
    pub agreement: Agreement,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
    /// Whether its value changes with the unit of the target.
    pub has_unit: bool,
    /// Starts a measurement.
    pub start: fn(&Settings) -> Box<dyn Measurement>,
}

/// A metric being measured, batch after batch.
pub trait Measurement: Send {
    /// Takes in a batch: the inputs in order, `[rows, ..]` each.
    ///
    /// # Errors
    /// When the inputs are not what the metric takes.
    fn add(&mut self, inputs: &[Tensor]) -> Result<()>;

    /// The value over all rows so far; NaN where it is not defined, for example without rows.
    fn value(&self) -> f64;
}
