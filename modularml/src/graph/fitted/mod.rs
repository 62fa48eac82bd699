//! Models that are fitted to all rows at once: layers without a gradient, and below them algorithms over plain numbers.

mod bayes;
mod calibrate;
mod latent;
mod linear;
mod model;
mod neighbours;
mod running;
mod saved;
mod table;
mod target;

pub use bayes::NaiveBayes;
pub use calibrate::{Conformal, Isotonic, Platt};
pub use latent::{Covariance, GaussianMixture, KMeans, Pca};
pub use linear::Ridge;
pub use neighbours::{NearestNeighbours, NeighbourWeights};
