//! Trees: against scikit-learn, with threads, as files and damaged.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::large_stack_arrays,
    reason = "counts and codes are small, bits are compared, and layers are large values"
)]

mod golden;
mod layers;
mod rows;
mod saved;
mod study;
