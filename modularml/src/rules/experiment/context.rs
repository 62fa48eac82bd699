//! What the rules over an experiment are asked about.

use crate::plan::wiring::Wiring;
use crate::spec::ExperimentSpec;

/// An experiment, and what follows from the description of its graph.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The description.
    pub experiment: &'a ExperimentSpec,
    /// Who reads what in the graph.
    pub wiring: &'a Wiring,
}
