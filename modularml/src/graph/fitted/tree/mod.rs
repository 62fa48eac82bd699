//! Trees of decisions: one, many that are averaged, many that correct each other, and many that isolate rows.
//!
//! Trees that are averaged are grown with exact splits, over the ranks of a column's values; trees that correct each other
//! over histograms of at most 255 bins a column. Every sum goes over rows in one order, and what is drawn depends on the tree
//! alone, so that threads change no bit.

mod arrays;
mod bins;
mod boosting;
mod columns;
mod exact;
mod forest;
mod grow;
mod histogram;
mod isolation;
mod leafwise;
mod loss;
mod model;
mod random;
mod rows;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use arrays::Arrays;
pub(crate) use boosting::{Boosted, Boosting};
pub(crate) use forest::{Forest, Share};
pub(crate) use isolation::{Isolating, Isolation};
pub(crate) use model::Trees;
pub(crate) use rows::{Rows, Target};
