//! ModularML: machine-learning experiments whose wiring mistakes do not compile.
#![deny(missing_docs)]

// The derives name this crate `::modularml`, inside it too.
extern crate self as modularml;

pub mod check;
pub mod data;
mod error;
pub mod experiment;
pub mod graph;
pub mod list;
pub mod process;
pub mod random;
pub mod settings;

/// The tensors that layers, losses and metrics compute with.
pub use candle_core::Tensor;
pub use error::{Error, Result};
pub use modularml_macros::{Loss, SampleSchema, Sampler, Settings};
