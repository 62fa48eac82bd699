//! Models behind a model: how far it is to be trusted, learned from rows that it has not seen.

mod conformal;
mod isotonic;
mod of_classes;
mod platt;

pub use conformal::Conformal;
pub use isotonic::Isotonic;
pub use platt::Platt;
