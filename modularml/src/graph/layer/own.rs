//! Layers of one's own, from candle modules.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{DType, Device, Error as CandleError, ModuleT, Tensor, Var};
use candle_nn::VarBuilder;
use candle_nn::init::NormalOrUniform;
use candle_nn::var_builder::SimpleBackend;

use super::init::{Init, Initial};
use super::{Layer, LayerBuild, LayerSpec, Learns, Mode, only};
use crate::random::Rng;
use crate::text::Shape;
use crate::{Error, Result};

/// How a layer of one's own makes its candle module; its struct has `#[derive(Layer)]`.
///
/// ```
/// use modularml::candle_nn::{self, Linear as Dense, Module, VarBuilder};
/// use modularml::data::Shape;
/// use modularml::prelude::*;
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
/// [`Dropout`](super::Dropout) node behind it, or implement [`Layer`], whose [`Mode`] holds a generator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no module",
    label = "no module",
    note = "write: impl BuildModule for {Self} {{ type Module = ..; fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> }}"
)]
pub trait BuildModule {
    /// What computes: a [`candle_nn::Module`], or a [`ModuleT`] that is told whether it trains.
    type Module: ModuleT + Send + 'static;

    /// Makes the module for an input and an output of these shapes, the batch axis not counted.
    ///
    /// # Errors
    /// When there is no such module.
    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module>;
}

/// The running layer of a component of one's own; `#[derive(Layer)]` calls it.
///
/// # Errors
/// When the component refuses the shapes, asks for a parameter of another type than the graph's, or has parameters
/// although it was declared to have none, or none although it was declared to learn.
pub fn build_module<T: BuildModule>(spec: &LayerSpec, component: &T, build: LayerBuild) -> Result<Box<dyn Layer>> {
    let [input] = build.inputs.as_slice() else {
        return Err(Error::Component(format!("{} takes one input, found {}", spec.name, build.inputs.len())));
    };
    let dtype = build.computes_in();
    let recorded = Arc::new(Recorded { rng: Mutex::new(build.rng), parameters: Mutex::new(Vec::new()) });
    let make = |constant: bool| {
        let backend = Backend { recorded: Arc::clone(&recorded), dtype, device: build.device.clone(), constant };
        component.build(input, &build.output, VarBuilder::from_backend(Box::new(backend), dtype, build.device.clone()))
    };
    let learning = make(false)?;
    let parameters = lock(&recorded.parameters).clone();
    let constant = make(true)?;
    match (spec.learns, parameters.first()) {
        (Learns::BySteps, None) => Err(Error::Component(format!(
            "{} asks for no parameter; declare it as #[layer(.., learns = nothing)]",
            spec.name
        ))),
        (Learns::Nothing, Some((name, _))) => Err(Error::Component(format!(
            "{} has the parameter `{name}`, but learns nothing; remove `learns = nothing`",
            spec.name
        ))),
        _ => {
            let (name, output) = (spec.name, build.output);
            Ok(Box::new(Running { name, output, learning, constant, parameters }))
        }
    }
}

struct Running<M> {
    name: &'static str,
    output: Shape,
    learning: M,
    /// The same module over tensors that share the numbers of the parameters and take no gradient.
    constant: M,
    parameters: Vec<(String, Var)>,
}

impl<M: ModuleT + Send> Layer for Running<M> {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let y = match mode {
            Mode::Eval => self.learning.forward_t(x, false)?,
            Mode::Train(_) => self.learning.forward_t(x, true)?,
            Mode::Frozen => self.constant.forward_t(x, false)?,
        };
        match y.dims().split_first() {
            Some((rows, dims)) if Some(rows) == x.dims().first() && dims == self.output.axes() => Ok(y),
            _ => Err(Error::Component(format!(
                "{} gave a tensor {:?} for an input {:?}; it declares {} behind the axis of rows",
                self.name,
                y.dims(),
                x.dims(),
                self.output
            ))),
        }
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.parameters.clone()
    }
}

/// The parameters that modules have asked for, in that order.
struct Recorded {
    rng: Mutex<Rng>,
    parameters: Mutex<Vec<(String, Var)>>,
}

/// Gives parameters to one module.
struct Backend {
    recorded: Arc<Recorded>,
    dtype: DType,
    device: Device,
    /// Gives tensors without a gradient.
    constant: bool,
}

/// A generator or a list is whole after every call, so one that a panicking thread held is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend {
    fn handed(&self, parameter: &Var) -> Tensor {
        if self.constant { parameter.as_detached_tensor() } else { parameter.as_tensor().clone() }
    }

    fn find(&self, name: &str) -> Option<Var> {
        lock(&self.recorded.parameters).iter().find(|(known, _)| known == name).map(|(_, parameter)| parameter.clone())
    }

    fn draw(&self, dims: &[usize], init: candle_nn::Init) -> candle_core::Result<Var> {
        let count = dims.iter().product();
        let mut rng = lock(&self.recorded.rng);
        let mut initial =
            Initial { init: Init::default(), gain: 1.0, dtype: self.dtype, device: &self.device, rng: &mut rng };
        let values = match init {
            candle_nn::Init::Const(value) => vec![value; count],
            candle_nn::Init::Uniform { lo, up } => {
                let (middle, bound) = (f64::midpoint(lo, up), (up - lo) / 2.0);
                initial.uniform(count, bound).into_iter().map(|value| middle + value).collect()
            }
            candle_nn::Init::Randn { mean, stdev } => {
                initial.normal(count, stdev).into_iter().map(|value| mean + value).collect()
            }
            candle_nn::Init::Kaiming { dist, fan, non_linearity } => {
                #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
                let deviation = non_linearity.gain() / (fan.for_shape(&dims.into()).max(1) as f64).sqrt();
                match dist {
                    NormalOrUniform::Normal => initial.normal(count, deviation),
                    NormalOrUniform::Uniform => initial.uniform(count, 3f64.sqrt() * deviation),
                }
            }
        };
        initial.parameter(values, dims)
    }
}

impl SimpleBackend for Backend {
    fn get(
        &self,
        shape: candle_core::Shape,
        name: &str,
        init: candle_nn::Init,
        dtype: DType,
        _: &Device,
    ) -> candle_core::Result<Tensor> {
        if dtype != self.dtype {
            let message = format!("parameter `{name}` is {dtype:?}, but the graph computes in {:?}", self.dtype);
            return Err(CandleError::Msg(message));
        }
        if let Some(known) = self.find(name) {
            if known.shape() == &shape {
                return Ok(self.handed(&known));
            }
            let (found, wanted) = (known.dims(), shape.dims());
            let message = format!("parameter `{name}` has shape {found:?} and was asked for as {wanted:?} as well");
            return Err(CandleError::Msg(message));
        }
        if self.constant {
            let message = format!("parameter `{name}` was not asked for by the first call; ask for the same in each");
            return Err(CandleError::Msg(message));
        }
        let parameter = self.draw(shape.dims(), init)?;
        lock(&self.recorded.parameters).push((name.to_owned(), parameter.clone()));
        Ok(self.handed(&parameter))
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        match self.find(name) {
            Some(known) => Ok(self.handed(&known)),
            None => Err(CandleError::Msg(format!("parameter `{name}` was never asked for with a shape"))),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
}
