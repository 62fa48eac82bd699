//! Models that are fitted to all rows at once: layers without a gradient, and below them algorithms over plain numbers.

mod classes;
mod kernel;
mod linear;
mod model;
mod running;
mod saved;
mod solve;
mod table;
mod target;
mod tree;

pub use kernel::{GaussianProcess, Kernel, SupportVectors};
pub use linear::{ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge};
pub use tree::{DecisionTree, ExtraTrees, GradientBoosting, IsolationForest, RandomForest};
