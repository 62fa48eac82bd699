//! What learns in a phase.

use candle_core::Var;

/// A parameter that learns.
pub(super) struct Learning {
    pub node: usize,
    pub name: String,
    pub parameter: Var,
    /// The position of its optimizer.
    pub site: usize,
}
