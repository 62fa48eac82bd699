//! How trees are grown, over plain numbers.
//!
//! Trees that are averaged are grown with exact splits, over the ranks of a column's values; trees that correct each other
//! over histograms of at most 255 bins a column. Every sum goes over rows in one order, and what is drawn depends on the tree
//! alone, so that threads change no bit.

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
mod saved;
mod tally;

pub(super) use boosting::{Boosted, Boosting, HeldOut};
pub(super) use forest::{Averaged, Forest, Share};
pub(super) use isolation::{Isolating, Isolation};
pub(super) use rows::{Rows, Target};
