//! Rules over one graph: the places are in `table`, in the order of the notation.

pub(super) mod align;
mod context;
pub(super) mod embedding;
mod features;
mod fitted;
mod input;
mod layer;
pub(super) mod missing;
mod node;
mod optimizer;
pub mod sound;
mod source;
pub mod table;
mod target;
mod time;
mod walk;

pub use walk::{all, findings};
