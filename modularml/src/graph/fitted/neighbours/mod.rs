//! Models that remember rows.

mod nearest;
mod tree;

pub use nearest::{NearestNeighbours, NeighbourWeights};
