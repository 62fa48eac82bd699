//! Models of how alike rows are.

mod coupling;
mod effort;
mod function;
mod gaussian_process;
mod pair;
mod products;
mod simplex;
mod smo;
mod support_vectors;

pub use function::Kernel;
pub use gaussian_process::GaussianProcess;
pub use support_vectors::SupportVectors;
