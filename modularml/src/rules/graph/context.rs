//! What the rules over a graph are asked about.

use crate::plan::wiring::Wiring;
use crate::spec::GraphSpec;

/// A graph, and what follows from its description.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The description.
    pub graph: &'a GraphSpec,
    /// Who reads what.
    pub wiring: &'a Wiring,
}
