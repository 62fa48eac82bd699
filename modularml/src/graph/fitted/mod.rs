//! Models that are fitted to all rows at once: layers without a gradient, and below them algorithms over plain numbers.

mod bayes;
mod calibrate;
mod classes;
mod kernel;
mod latent;
mod linear;
mod model;
mod neighbours;
mod running;
mod saved;
mod solve;
mod table;
mod target;
mod tree;

pub use bayes::NaiveBayes;
pub use calibrate::{Conformal, Isotonic, Platt};
pub use kernel::{GaussianProcess, Kernel, SupportVectors};
pub use latent::{Covariance, GaussianMixture, KMeans, Pca};
pub use linear::{ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge};
pub use neighbours::{NearestNeighbours, NeighbourWeights};
pub use tree::{DecisionTree, ExtraTrees, GradientBoosting, IsolationForest, RandomForest};
