//! Models of how alike rows are.

mod coupling;
mod function;
mod products;
mod smo;
mod support_vectors;

pub use function::Kernel;
pub use support_vectors::SupportVectors;
