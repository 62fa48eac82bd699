//! A metric with its type erased.

use super::code::Code;
use super::loss::{Agreement, Slot};
use super::settings::Settings;
use crate::text::Name;

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
    /// What it keeps while it is measured.
    pub memory: Memory,
    /// Starts a measurement.
    pub code: Code,
}

/// What a metric keeps while it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Sums and counts, whose number does not grow with the rows.
    Bounded,
    /// Numbers of all rows, because the exact value cannot be had from less.
    AllRows,
}
