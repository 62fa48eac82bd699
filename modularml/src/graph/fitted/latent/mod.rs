//! Models that learn from what they read alone: directions and groups in it.

mod eigen;
mod pca;

pub use pca::Pca;
