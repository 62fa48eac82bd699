//! Models behind a model: how far it is to be trusted, learned from rows that it has not seen.

mod isotonic;
mod of_classes;

pub use isotonic::Isotonic;
