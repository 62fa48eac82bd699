//! Rules over one experiment: the places are in `table`, in the order of the notation.

mod allowed;
mod augment;
mod balance;
mod choices;
mod choose;
mod chosen_by;
mod classes;
mod context;
mod deviance;
mod effect;
mod feed;
mod folds;
mod learning;
mod measure;
mod names;
mod operand;
mod order;
mod output;
mod phase;
mod predictions;
mod quantiles;
mod rate;
mod repeat;
mod role;
mod scale;
pub mod sound;
mod split;
pub mod table;
mod term;
mod train;
mod validation;
mod walk;
mod watch;
mod weigh;

pub use scale::scaler_axes;
pub use walk::{all, findings};
