//! What the macros' expansions name; no part of the public interface.

pub use crate::plan::site::Site;
pub use crate::plan::wiring::Wiring;
pub use crate::text::require;

pub mod rules {
    //! The rules, which expansions call in constants.
    pub use crate::rules::{align, experiment, graph, schema};
}
