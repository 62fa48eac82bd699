//! What follows from a description, worked out once: who reads what, in which order, with which shapes; what runs and
//! learns in a phase; which splits share rows.

pub(crate) mod axes;
pub(crate) mod compared;
pub(crate) mod criterion;
pub(crate) mod deciding;
pub(crate) mod ending;
mod inference;
mod layers;
pub(crate) mod lineage;
pub(crate) mod lookup;
mod merges;
mod names;
pub(crate) mod operand;
pub(crate) mod own;
pub(crate) mod phase;
pub(crate) mod reach;
mod resolve;
pub(crate) mod sequence;
pub(crate) mod shapes;
pub mod site;
pub(crate) mod watched;
mod windows;
pub(crate) mod wiring;

pub(crate) use inference::{Answers, Inference};
