//! Layers of one's own with several inputs.

use candle_core::Tensor;
use candle_nn::VarBuilder;

use super::own_running::run_module;
use super::{Layer, LayerBuild, LayerSpec};
use crate::Result;
use crate::text::Shape;

/// How a layer of one's own that says `inputs = ..` makes what computes; its struct has `#[derive(Layer)]`.
///
/// ```
/// use modularml::candle_nn::{self, Linear as Dense, Module as _, VarBuilder};
/// use modularml::data::Shape;
/// use modularml::{layers::*, prelude::*};
/// use modularml::text::Message;
///
/// /// All products of a number of one vector with a number of the other, mixed into so many.
/// #[derive(Layer, Clone, Copy)]
/// #[layer(shape = own, inputs = 2)]
/// struct CrossProduct {
///     /// How many numbers come out.
///     #[setting(first, at_least = 1)]
///     rank: usize,
/// }
///
/// impl CrossProduct {
///     const fn infer(&self, inputs: &[Shape]) -> Result<Shape, Message> {
///         if inputs[0].rank() != 1 || inputs[1].rank() != 1 {
///             let message = Message::new().text("crosses two vectors, not ").shape(&inputs[0]);
///             return Err(message.text(" and ").shape(&inputs[1]));
///         }
///         Ok(Shape::new(&[self.rank]))
///     }
/// }
///
/// struct Crossed(Dense);
///
/// impl MergeModule for Crossed {
///     fn forward(&self, inputs: &[Tensor], _train: bool) -> Result<Tensor> {
///         let products = inputs[0].unsqueeze(2)?.broadcast_mul(&inputs[1].unsqueeze(1)?)?;
///         Ok(self.0.forward(&products.flatten_from(1)?)?)
///     }
/// }
///
/// impl BuildMerge for CrossProduct {
///     type Module = Crossed;
///
///     fn build(&self, inputs: &[Shape], _output: &Shape, vars: VarBuilder<'_>) -> Result<Crossed> {
///         Ok(Crossed(candle_nn::linear(inputs[0].axis(0) * inputs[1].axis(0), self.rank, vars)?))
///     }
/// }
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 8],
///     #[feat]
///     current: [f32; 4],
///     #[target]
///     soh: f32,
/// }
///
/// model_graph! {
///     #[optimizer(Adam::lr(1e-3))]
///     graph Crossing(pulse: Pulse) {
///         crossed = CrossProduct::rank(16)(pulse.voltage, pulse.current);
///         soh = Linear(crossed) -> pulse.soh;
///     }
/// }
/// ```
///
/// There are as many inputs as the layer is declared to take. Parameters are asked for as in a
/// [`BuildModule`](super::BuildModule).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no module",
    label = "no module",
    note = "write: impl BuildMerge for {Self} {{ type Module = ..; fn build(&self, inputs: &[Shape], output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> }}"
)]
pub trait BuildMerge {
    /// What computes.
    type Module: MergeModule + Send + Sync + 'static;

    /// Makes the module for inputs and an output of these shapes, the batch axis not counted.
    ///
    /// # Errors
    /// When there is no such module.
    fn build(&self, inputs: &[Shape], output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module>;
}

/// What computes one output from several inputs.
pub trait MergeModule {
    /// The output for a batch; the first axis of every tensor counts the rows.
    ///
    /// # Errors
    /// When a computation fails.
    fn forward(&self, inputs: &[Tensor], train: bool) -> Result<Tensor>;
}

/// The running layer of a component of one's own with several inputs; `#[derive(Layer)]` calls it.
///
/// # Errors
/// As [`build_module`](super::build_module).
pub fn build_merge<T: BuildMerge>(spec: &LayerSpec, component: &T, build: LayerBuild) -> Result<Box<dyn Layer>> {
    let (inputs, output) = (build.inputs.clone(), build.output);
    let make = |vars: VarBuilder<'_>| component.build(&inputs, &output, vars);
    run_module(spec, build, make, |module: &T::Module, inputs, train| module.forward(inputs, train))
}
