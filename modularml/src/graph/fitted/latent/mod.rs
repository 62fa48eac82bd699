//! Models that learn from what they read alone: directions and groups in it.

mod eigen;
mod k_means;
mod mixture;
mod pca;

pub use k_means::KMeans;
pub use mixture::{Covariance, GaussianMixture};
pub use pca::Pca;
