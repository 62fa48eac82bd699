//! Declared experiments with other parameters than those declared.
//!
//! ```
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
//!     #[optimizer(Adam::lr(lr))]
//!     graph SohNet(pulse: Pulse; width: usize = 64, lr: f64 = 1e-3) {
//!         soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
//!     }
//! }
//!
//! experiment! {
//!     experiment SohStudy(epochs: usize = 50) for SohNet {
//!         seed = 42;
//!         vary width in [32, 64, 128], lr in LogUniform::between(1e-4, 1e-2);
//!         split pulse = Random::ratios(train: 0.8, test: 0.2);
//!         train regress {
//!             feed pulse = Batches::of(32).shuffled()(train);
//!             loss = Mse(soh, pulse.soh);
//!             epochs = epochs;
//!         }
//!         eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
//!     }
//! }
//!
//! let wide = SohStudy::with(|p| {
//!     p.width = 128;
//!     p.epochs = 10;
//! });
//! assert_eq!(wide.parameters().epochs, 10);
//! let spec = wide.spec();
//! let values: Vec<_> = spec.all_parameters().map(|it| format!("{} = {}", it.name, it.value)).collect();
//! assert_eq!(values, ["width = 128", "lr = 0.001", "epochs = 10"]);
//! // let mut study = wide.new(pulses)?;
//! ```

mod predictor;
mod saved;

use std::marker::PhantomData;
use std::path::Path;

use crate::data::{OneRow, Views};
use crate::experiment::{ExperimentSpec, NodeValue, Session};
use crate::graph::NodeOutputs;
use crate::spec::Parameters;
use crate::{Error, Result};

#[doc(hidden)]
pub use predictor::predictor;
#[cfg(feature = "cli")]
pub(crate) use saved::assignments;
pub(crate) use saved::load_as;

/// An experiment that `experiment!` declared.
pub trait Study: Sized {
    /// The rows that it runs on.
    type Data: Into<Views>;
    /// A row of each input, by reference.
    type Row<'row>: OneRow;
    /// A tensor a node, for some rows.
    type Outputs: TryFrom<NodeOutputs, Error = Error>;
    /// What each node gives for one row.
    type Values: TryFrom<NodeOutputs<NodeValue>, Error = Error>;
    /// The parameters of the experiment and its graph.
    type Parameters: Parameters;

    /// The description with some parameters.
    #[must_use]
    fn describe(parameters: &Self::Parameters) -> ExperimentSpec;

    /// The study of a session of such a description.
    #[doc(hidden)]
    #[must_use]
    fn of_session(session: Session) -> Self;
}

/// A declared experiment with other parameters: what `SohStudy::with(|p| p.width = 128)` gives.
#[derive(Debug)]
pub struct With<S, P> {
    parameters: P,
    study: PhantomData<fn() -> S>,
}

impl<S, P: Parameters> With<S, P> {
    /// The declared parameters, changed.
    pub fn changed(change: impl FnOnce(&mut P)) -> Self {
        let mut parameters = P::DEFAULT;
        change(&mut parameters);
        Self { parameters, study: PhantomData }
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &P {
        &self.parameters
    }
}

impl<S: Study<Parameters = P>, P: Parameters> With<S, P> {
    /// The description.
    #[must_use]
    pub fn spec(&self) -> ExperimentSpec {
        S::describe(&self.parameters)
    }

    /// Splits and scales the data and builds the graph, when every rule takes the description.
    ///
    /// # Errors
    /// [`Error::Refused`] with one line for each mistake that these parameters lead to, and as the `new` of the declared
    /// type.
    #[allow(clippy::new_ret_no_self, reason = "it makes a new study")]
    pub fn new(&self, data: impl Into<S::Data>) -> Result<S> {
        let views: Views = data.into().into();
        Ok(S::of_session(Session::new(self.spec(), views.into())?.described_by(assigned::<S>)))
    }
}

/// The description of a declared experiment with values that are given as text, `width=128`.
///
/// # Errors
/// When there is no such parameter, or a text is no value of it.
#[doc(hidden)]
pub fn assigned<S: Study>(assignments: &[String]) -> Result<ExperimentSpec> {
    let mut parameters = S::Parameters::DEFAULT;
    for assignment in assignments {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Error::Data(format!("`{assignment}` gives no value; write NAME=VALUE")));
        };
        parameters.set(name.trim(), value.trim())?;
    }
    Ok(S::describe(&parameters))
}

/// Loads a saved study, with the parameters that it was saved with.
///
/// # Errors
/// When the file is damaged, or holds another experiment than the declared one with any parameters.
#[doc(hidden)]
pub fn load<S: Study>(path: impl AsRef<Path>) -> Result<S> {
    load_as(assigned::<S>, path.as_ref()).map(|session| S::of_session(session.described_by(assigned::<S>)))
}
