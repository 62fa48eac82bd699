//! ModularML: machine-learning experiments whose wiring mistakes do not compile.
#![deny(missing_docs)]

// The derives name this crate `::modularml`, inside it too.
extern crate self as modularml;

#[doc(hidden)]
pub mod __private;
// Its macro is used by all modules below.
#[macro_use]
pub mod spec;

mod archive;
pub mod cli;
pub mod data;
mod digest;
mod error;
pub mod experiment;
pub mod export;
pub mod graph;
pub mod items;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod onnx;
mod plan;
pub mod prelude;
pub mod process;
pub mod random;
pub mod record;
mod registry;
mod report;
mod rules;
pub mod search;
mod source_line;
pub mod study;
#[cfg(test)]
mod tests;
pub mod text;

pub use data::SampleSchema;
pub use experiment::loss::Loss;
pub use process::{Sampler, Splitter};

/// What tables are, as they are taken and handed over.
pub use arrow;
/// What tensors and modules of one's own are made of.
pub use {candle_core, candle_nn};

/// The tensors that layers, losses and metrics compute with.
pub use candle_core::{DType, Tensor};
pub use error::{Error, FileFault, NotFinite, Result, TensorError};
pub use modularml_macros::{
    Augmenter, Callback, Clip, Layer, Loss, Metric, Mix, NamedArray, Optimizer, Rate, SampleSchema, Sampler, Scaler,
    Schedule, Settings, Splitter, experiment, model_graph,
};
pub use source_line::SourceLine;
pub use spec::{Registry, Restore};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/numerics.md")]
struct Numerics;
