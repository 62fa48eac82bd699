//! What several models are solved by, in `f64`.

mod cholesky;
mod lbfgs;
mod least_norm;
mod reflect;

pub(super) use cholesky::Cholesky;
pub(super) use lbfgs::minimize;
pub(super) use least_norm::least_norm;
