//! Models that are fitted to all rows at once: layers without a gradient, and below them algorithms over plain numbers.

mod linear;
mod model;
mod running;
mod saved;
mod table;
mod target;
mod tree;

pub use linear::Ridge;
pub use tree::{DecisionTree, ExtraTrees, GradientBoosting, IsolationForest, RandomForest};
