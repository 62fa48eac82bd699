//! A command line for every study, with the feature `cli`.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use modularml::{layers::*, losses::*, metrics::*, prelude::*};
//!
//! #[derive(SampleSchema)]
//! struct Pulse {
//!     #[feat]
//!     voltage: [f32; 101],
//!     #[target]
//!     soh: f32,
//! }
//!
//! model_graph! {
//!     #[optimizer(Adam::lr(1e-3))]
//!     graph SohNet(pulse: Pulse) {
//!         soh = Mlp::hidden([64, 32])(pulse.voltage) -> pulse.soh;
//!     }
//! }
//!
//! experiment! {
//!     experiment SohStudy for SohNet {
//!         seed = 42;
//!         split pulse = Random::ratios(train: 0.8, test: 0.2);
//!         train regress {
//!             feed pulse = Batches::of(32).shuffled()(train);
//!             loss = Mse(soh, pulse.soh);
//!             epochs = 50;
//!         }
//!         eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     SohStudy::main(|source| FeatureSet::<Pulse>::from_csv(source.or("pulses.csv")?))
//! }
//! ```
//!
//! `study check`, `run`, `folds`, `search`, `trial`, `plan`, `submit`, `collect`, `resume`, `eval`, `predict`, `export`, `report`, `runs` and `describe` are what it can be told; `study help`
//! tells more.

#[cfg(feature = "cli")]
mod answer;
#[cfg(feature = "cli")]
mod arguments;
#[cfg(feature = "cli")]
mod check;
#[cfg(feature = "cli")]
mod command;
#[cfg(feature = "cli")]
mod export;
#[cfg(feature = "cli")]
mod items;
#[cfg(feature = "cli")]
mod model;
#[cfg(feature = "cli")]
mod ranks;
#[cfg(feature = "cli")]
mod run;
#[cfg(feature = "cli")]
mod runs;
#[cfg(feature = "cli")]
mod shell;
mod source;
#[cfg(feature = "cli")]
mod study;
#[cfg(feature = "cli")]
mod submit;
#[cfg(feature = "cli")]
mod workers;

use std::process::ExitCode;

use crate::Result;
use crate::data::View;
use crate::experiment::ExperimentSpec;

pub use source::Source;

/// Reads the data of a study, a view for each input.
#[doc(hidden)]
pub type Data = Box<dyn FnOnce(Source) -> Result<Vec<View>>>;

/// What `SohStudy::main` needs: the feature `cli`.
#[diagnostic::on_unimplemented(
    message = "the command line of a study is behind the feature `cli`",
    label = "the feature `cli` of `modularml` is off",
    note = "write in Cargo.toml: modularml = {{ version = \"..\", features = [\"cli\"] }}"
)]
pub trait CommandLine {
    /// Does what the arguments of the process say.
    #[doc(hidden)]
    fn main(describe: fn(&[String]) -> Result<ExperimentSpec>, data: Data) -> ExitCode;
}

#[cfg(feature = "cli")]
impl<F> CommandLine for F {
    fn main(describe: fn(&[String]) -> Result<ExperimentSpec>, data: Data) -> ExitCode {
        command::main(describe, data)
    }
}
