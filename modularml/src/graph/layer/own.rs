//! Layers of one's own, from candle modules.

use candle_core::ModuleT;
use candle_nn::VarBuilder;

use super::own_running::run_module;
use super::{Layer, LayerBuild, LayerSpec, only};
use crate::text::Shape;
use crate::{Error, Result};

/// How a layer of one's own with one input makes its candle module; its struct has `#[derive(Layer)]`. With several inputs
/// it is a [`BuildMerge`](super::BuildMerge).
///
/// ```
/// use modularml::candle_nn::{self, Linear as Dense, Module, VarBuilder};
/// use modularml::data::Shape;
/// use modularml::{layers::*, prelude::*};
///
/// /// t f(x) + (1 - t) x, where the gate t learns how much of x passes (Srivastava et al., 2015).
/// #[derive(Layer, Clone, Copy)]
/// #[layer(shape = same)]
/// struct Highway;
///
/// struct Gated {
///     change: Dense,
///     gate: Dense,
/// }
///
/// impl Module for Gated {
///     fn forward(&self, x: &Tensor) -> modularml::candle_core::Result<Tensor> {
///         let gate = candle_nn::ops::sigmoid(&self.gate.forward(x)?)?;
///         let change = (self.change.forward(x)?.relu()? - x)?;
///         x + (gate * change)?
///     }
/// }
///
/// impl BuildModule for Highway {
///     type Module = Gated;
///
///     fn build(&self, input: &Shape, _output: &Shape, vars: VarBuilder<'_>) -> Result<Gated> {
///         let width = input.axis(0);
///         let dense = |name| candle_nn::linear(width, width, vars.pp(name));
///         Ok(Gated { change: dense("change")?, gate: dense("gate")? })
///     }
/// }
///
/// const LAYER: modularml::graph::LayerSpec = Highway.spec();
/// ```
///
/// The module asks `vars` for its parameters. They are of the type that the graph computes in, so f32 where those of other
/// layers are kept in half precision. They are drawn from the seed of the experiment, and learn, are frozen and
/// are saved under the names that the module gives them. `build` is called twice, the second time with constants in
/// their place, which stand for the parameters where the node is frozen; so it must do the same each time, and what is
/// computed from parameters belongs into `forward`.
///
/// What a module draws by itself, as `candle_nn::Dropout` does, does not come from the seed; put a
/// [`Dropout`](super::Dropout) node behind it, or implement [`Layer`], whose [`Mode`](super::Mode) holds a generator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no module",
    label = "no module",
    note = "write: impl BuildModule for {Self} {{ type Module = ..; fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> }}"
)]
pub trait BuildModule {
    /// What computes: a [`candle_nn::Module`], or a [`ModuleT`] that is told whether it trains.
    type Module: ModuleT + Send + Sync + 'static;

    /// Makes the module for an input and an output of these shapes, the batch axis not counted.
    ///
    /// # Errors
    /// When there is no such module.
    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module>;
}

/// The running layer of a component of one's own with one input; `#[derive(Layer)]` calls it.
///
/// # Errors
/// When the component refuses the shapes, asks for a parameter of another type than the graph's, or has parameters
/// although it was declared to have none, or none although it was declared to learn.
pub fn build_module<T: BuildModule>(spec: &LayerSpec, component: &T, build: LayerBuild) -> Result<Box<dyn Layer>> {
    let &[input] = build.inputs.as_slice() else {
        return Err(Error::Component(format!("{} takes one input, found {}", spec.name, build.inputs.len())));
    };
    let output = build.output;
    let make = |vars: VarBuilder<'_>| component.build(&input, &output, vars);
    run_module(spec, build, make, |module: &T::Module, inputs, train| Ok(module.forward_t(only(inputs)?, train)?))
}
