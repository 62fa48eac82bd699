//! What runs a module of one's own: its parameters are drawn, kept and frozen as those of other layers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{DType, Device, Error as CandleError, Tensor, Var};
use candle_nn::VarBuilder;
use candle_nn::init::NormalOrUniform;
use candle_nn::var_builder::SimpleBackend;

use super::init::{Init, Initial};
use super::{Layer, LayerBuild, LayerSpec, Learns, Mode};
use crate::random::Rng;
use crate::text::Shape;
use crate::{Error, Result};

/// How a module computes its output from all inputs; the last argument tells whether it trains.
type Forward<M> = fn(&M, &[Tensor], bool) -> Result<Tensor>;

/// The running layer of the module that `make` makes, once over parameters and once over constants in their place.
pub(super) fn run_module<M: Send + Sync + 'static>(
    spec: &LayerSpec,
    build: LayerBuild,
    make: impl Fn(VarBuilder<'_>) -> Result<M>,
    forward: Forward<M>,
) -> Result<Box<dyn Layer>> {
    let dtype = build.computes_in();
    let recorded = Arc::new(Recorded { rng: Mutex::new(build.rng), parameters: Mutex::new(Vec::new()) });
    let make = |constant: bool| {
        let backend = Backend { recorded: Arc::clone(&recorded), dtype, device: build.device.clone(), constant };
        make(VarBuilder::from_backend(Box::new(backend), dtype, build.device.clone()))
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
            Ok(Box::new(Running { name, output, learning, constant, parameters, forward }))
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
    forward: Forward<M>,
}

impl<M: Send + Sync> Layer for Running<M> {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let y = match mode {
            Mode::Eval => (self.forward)(&self.learning, inputs, false)?,
            Mode::Train(_) => (self.forward)(&self.learning, inputs, true)?,
            Mode::Frozen => (self.forward)(&self.constant, inputs, false)?,
        };
        let rows = inputs.first().and_then(|x| x.dims().first());
        match y.dims().split_first() {
            Some((found, dims)) if Some(found) == rows && dims == self.output.axes() => Ok(y),
            _ => {
                let read: Vec<String> = inputs.iter().map(|x| format!("{:?}", x.dims())).collect();
                Err(Error::Component(format!(
                    "{} gave a tensor {:?} for an input {}; it declares {} behind the axis of rows",
                    self.name,
                    y.dims(),
                    read.join(" and "),
                    self.output
                )))
            }
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
