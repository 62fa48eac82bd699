//! Trees of questions: one, many that are averaged, many that correct each other, and many that isolate rows.

mod averaged;
mod class_weights;
mod decision_tree;
mod extra_trees;
mod gradient_boosting;
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "rows, columns and nodes are counted in u32, which is asked where they come in, and are exact in f64; values are equal or not"
)]
mod growing;
mod isolation_forest;
mod random_forest;

pub use decision_tree::DecisionTree;
pub use extra_trees::ExtraTrees;
pub use gradient_boosting::GradientBoosting;
pub use isolation_forest::IsolationForest;
pub use random_forest::RandomForest;
