//! Optimizers: they change parameters along their gradients.

mod adadelta;

mod adagrad;
mod adam;
mod adamax;
mod asgd;
mod fused;
mod lbfgs;
mod lion;
mod nadam;
mod radam;
mod rms_prop;
mod rprop;
mod sgd;
pub use crate::spec::OptimizerSpec;
use crate::spec::{FromSettings, Settings};
use crate::text::Name;
use crate::{Error, Result};
pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use asgd::Asgd;
use candle_core::{Tensor, Var};
pub use lbfgs::Lbfgs;
pub use lion::Lion;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rms_prop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;
use std::collections::BTreeMap;

/// The code of an optimizer: makes it with an empty state.
pub type Build = fn(&Settings) -> Box<dyn Optimizer>;

/// An optimizer by its settings; the trait that `#[derive(Optimizer)]` asks for.
#[diagnostic::on_unimplemented(
    message = "nothing builds the optimizer `{Self}`",
    label = "not built by anything",
    note = "write: impl BuildOptimizer for {Self} {{ fn build(&self) -> Box<dyn Optimizer> }}"
)]
pub trait BuildOptimizer: FromSettings {
    /// The optimizer with an empty state.
    fn build(&self) -> Box<dyn Optimizer>;
}

impl OptimizerSpec {
    /// An optimizer without a momentum.
    #[must_use]
    pub const fn of<O: BuildOptimizer>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| O::from_settings(settings).build());
        Self { name, settings, has_momentum: false, code }
    }

    /// The optimizer with an empty state.
    ///
    /// # Errors
    /// When its code is not that of an optimizer.
    pub fn build(&self) -> Result<Box<dyn Optimizer>> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
    }
}

/// A parameter and the gradient that it is changed along.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The name of the parameter, for example `encoder.0.weight`.
    pub name: &'a str,
    /// The parameter; of one that is kept in half precision its f32 copy, which it is rounded from after the step.
    pub parameter: &'a Var,
    /// The gradient of the loss, in the shape and type of the parameter.
    pub gradient: &'a Tensor,
}

impl Change<'_> {
    /// Rule of every step: the gradient has the shape of the parameter.
    fn check(&self) -> Result<()> {
        if self.gradient.dims() == self.parameter.dims() {
            return Ok(());
        }
        Err(Error::Component(format!(
            "the gradient of `{}` has shape {:?}, the parameter {:?}",
            self.name,
            self.gradient.dims(),
            self.parameter.dims()
        )))
    }
}

/// A running optimizer; its state is kept by parameter name, so that it survives freezing.
pub trait Optimizer: Send {
    /// Changes parameters in place along their gradients: all that learn, where those that are frozen are left out.
    ///
    /// The numbers of a gradient are those of this step alone: the next one writes to the same tensor, so what is kept
    /// must be copied.
    ///
    /// # Errors
    /// When shapes or types differ.
    fn step(&mut self, changes: &[Change<'_>]) -> Result<()>;

    /// Takes the next steps at `factor` times the learning rate of the settings.
    fn scale_rate(&mut self, factor: f64);

    /// Takes the next steps with a momentum, or with that of the settings where none is given; in optimizers such as
    /// [`Adam`] it is `beta1`.
    ///
    /// One without momentum keeps this as it is: a rate that leads the momentum is refused where it learns.
    fn set_momentum(&mut self, _momentum: Option<f64>) {}

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
