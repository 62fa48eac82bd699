//! Trees: against scikit-learn, with threads, as files and damaged.

mod golden;
mod layers;
mod rows;
mod saved;
mod study;
