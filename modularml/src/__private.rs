//! What the macros' expansions name; no part of the public interface.

pub use crate::plan::wiring::Wiring;
pub use crate::text::require;

pub mod places {
    //! The places at which expansions ask the rules, in constants.
    pub use crate::rules::Part;
    pub use crate::rules::experiment::table as experiment;
    pub use crate::rules::graph::table as graph;
    pub use crate::rules::schema::table as schema;
}

pub mod rules {
    //! The rules as a running program asks them.
    pub use crate::rules::{Finding, Place, Rule, experiment, graph, schema};
}
