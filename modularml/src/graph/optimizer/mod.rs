//! Optimizers: they change parameters along their gradients.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod asgd;
mod fused;
mod lion;
mod nadam;
mod radam;
mod rms_prop;
mod rprop;
mod sgd;

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use asgd::Asgd;
pub use lion::Lion;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;

use crate::Result;
use crate::list::Name;
use crate::settings::Settings;

/// An optimizer with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerSpec {
    /// The registered name, for example `Adam`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Makes the optimizer with an empty state.
    pub build: fn(&Settings) -> Box<dyn Optimizer>,
}

/// A running optimizer; its state is kept by parameter name, so that it survives freezing.
pub trait Optimizer: Send {
    /// Changes one parameter in place along its gradient, whose numbers are those of this step alone: the next one
    /// writes to the same tensor, so what is kept must be copied.
    ///
    /// # Errors
    /// When shapes or types differ.
    fn step(&mut self, name: &str, parameter: &Var, gradient: &Tensor) -> Result<()>;

    /// Takes the next steps at `factor` times the learning rate of the settings.
    fn scale_rate(&mut self, factor: f64);

    /// The state by names such as `encoder.0.weight/first_moment`, copied.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    fn state(&self) -> Result<BTreeMap<String, Tensor>>;

    /// Takes over a saved state whole, or refuses it and changes nothing.
    ///
    /// # Errors
    /// When a name is malformed or a shape differs.
    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()>;
}
