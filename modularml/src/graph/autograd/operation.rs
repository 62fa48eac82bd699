//! Operations with a backward of our own, any number of inputs, and gradients that are gathered in one place.
//!
//! candle takes three inputs at most, and it adds the gradient of every tensor to zeros that it makes for it: three
//! passes over memory more than needed. Between two of these operations only a signal of no numbers goes through candle,
//! in the order in which it goes backward (`signal.rs`); the gradients themselves lie beside it.

use std::sync::{Arc, Mutex, OnceLock};

use candle_core::op::BackpropOp;
use candle_core::{CpuStorage, DType, Result, Shape, Storage, Tensor, bail};

use super::gradients::gradient_of;
use super::signal::{Arriving, Backward, Input, Produced, Returned, Way, arguments, lock, produced, reveal, signal};
use super::spares::{recycle, spare};
use super::switch::is_candle_alone;
use crate::graph::kernel::device::on_cpu;
use crate::graph::kernel::{numbers, with_numbers};
use crate::graph::real::Real;

/// The numbers of an input with their dimensions.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a, T> {
    pub numbers: &'a [T],
    pub dims: &'a [usize],
}

/// What an operation computes.
pub(crate) trait Operation: Send + Sync + 'static {
    /// The name in messages.
    const NAME: &'static str;

    /// The result, row after row, and its shape.
    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)>;

    /// Writes the gradients of the inputs, each once, given the result and its gradient, which nobody reads any more.
    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], result: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()>;
}

/// The first input of an operation.
pub(crate) fn first<'a, T: Copy>(inputs: &[Given<'a, T>]) -> Result<Given<'a, T>> {
    inputs.first().copied().ok_or_else(|| candle_core::Error::Msg("an operation without inputs".to_owned()))
}

/// The numbers of two inputs of one shape, and how many of them a row has.
pub(crate) fn pair<'a, T>(inputs: &[Given<'a, T>]) -> Result<(&'a [T], &'a [T], usize)> {
    match inputs {
        [a, b] if a.dims == b.dims && !a.dims.is_empty() => {
            Ok((a.numbers, b.numbers, a.dims.iter().skip(1).product::<usize>().max(1)))
        }
        [a, b] => bail!("{:?} and {:?} do not have the same rows", a.dims, b.dims),
        _ => bail!("an operation takes two inputs, found {}", inputs.len()),
    }
}

/// An input, its weight and, where there is one, its bias.
pub(crate) type Weighted<'a, T> = (Given<'a, T>, Given<'a, T>, Option<Given<'a, T>>);

/// The inputs of an operation with a weight.
pub(crate) fn weighted<'a, T: Copy>(inputs: &[Given<'a, T>]) -> Result<Weighted<'a, T>> {
    match *inputs {
        [x, weight] => Ok((x, weight, None)),
        [x, weight, bias] => Ok((x, weight, Some(bias))),
        _ => bail!("an operation takes x, weight and bias, found {} inputs", inputs.len()),
    }
}

/// Where the gradients of the inputs of an operation go.
pub(crate) struct To<'a> {
    inputs: &'a [Input],
    returned: &'a Returned,
}

impl To<'_> {
    /// Computes the gradient of an input, unless it needs none; `compute` is given the numbers to write to, of which
    /// none is kept where it is not to add to them.
    pub fn write<T: Real>(&self, input: usize, compute: impl FnOnce(&mut [T], bool) -> Result<()>) -> Result<()> {
        let Some(Input { tensor, way }) = self.inputs.get(input) else { return Ok(()) };
        match way {
            Way::Nowhere => Ok(()),
            Way::Beside(produced) => produced.arriving.write(tensor.elem_count(), compute),
            Way::Candle => {
                let gradient = gradient_of(tensor, compute)?;
                if let Some(place) = lock(self.returned).get_mut(input) {
                    *place = gradient;
                }
                Ok(())
            }
        }
    }
}

/// Applies an operation to tensors of one type; the result is on the device of the first.
pub(crate) fn apply(inputs: &[&Tensor], operation: impl Operation) -> Result<Tensor> {
    let result = on_the_cpu(inputs, operation)?;
    inputs.first().map_or_else(|| Ok(result.clone()), |input| result.to_device(input.device()))
}

fn on_the_cpu(inputs: &[&Tensor], operation: impl Operation) -> Result<Tensor> {
    let is_candle_alone = is_candle_alone();
    let inputs = inputs.iter().map(|tensor| {
        let tensor = on_cpu(tensor)?.contiguous()?;
        let way = match produced(&tensor) {
            _ if !tensor.track_op() => Way::Nowhere,
            Some(produced) if !is_candle_alone => Way::Beside(produced),
            _ => Way::Candle,
        };
        Ok(Input { tensor, way })
    });
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    let (storage, shape) = match inputs.first().map(|input| input.tensor.dtype()) {
        Some(DType::F32) => forward::<f32, _>(&inputs, &operation)?,
        Some(DType::F64) => forward::<f64, _>(&inputs, &operation)?,
        other => bail!("{} takes f32 or f64, found {other:?}", named(&operation)),
    };
    if inputs.iter().all(|input| matches!(input.way, Way::Nowhere)) {
        return Ok(Tensor::from_storage(Storage::Cpu(storage), shape, BackpropOp::none(), false));
    }
    let returned = Arc::new(Mutex::new(vec![None; inputs.len()]));
    let arguments = arguments(&inputs);
    let mut node = Node { operation, inputs, beside: None, returned: Arc::clone(&returned) };
    if is_candle_alone || shape.elem_count() < WORTH_A_SIGNAL {
        return signal(arguments, Arc::new(node), returned, Some((storage, shape)));
    }
    let arriving = Arc::new(Arriving::default());
    let result = Arc::new(OnceLock::new());
    node.beside = Some((Arc::clone(&result), Arc::clone(&arriving)));
    let signal = signal(arguments, Arc::new(node), returned, None)?;
    let shown = reveal(Produced { signal, arriving }, storage, shape)?;
    result.get_or_init(|| shown.detach());
    Ok(shown)
}

/// The gradient of a smaller result goes through candle faster than a signal does beside it.
const WORTH_A_SIGNAL: usize = 8 << 10;

fn named<O: Operation>(_: &O) -> &'static str {
    O::NAME
}

fn forward<T: Real, O: Operation>(inputs: &[Input], operation: &O) -> Result<(CpuStorage, Shape)> {
    let (numbers, shape) = with_inputs(inputs, O::NAME, |given| operation.forward::<T>(given))?;
    Ok((T::to_cpu_storage_owned(numbers), shape))
}

/// Gives a function the numbers of all inputs.
fn with_inputs<T: Real, R>(inputs: &[Input], name: &str, read: impl FnOnce(&[Given<'_, T>]) -> Result<R>) -> Result<R> {
    if let Some(other) = inputs.iter().find(|input| input.tensor.dtype() != T::DTYPE) {
        bail!("{name} takes inputs of one type, found {:?} and {:?}", T::DTYPE, other.tensor.dtype());
    }
    let storages: Vec<_> = inputs.iter().map(|input| input.tensor.storage_and_layout()).collect();
    let mut given = Vec::with_capacity(storages.len());
    for (storage, layout) in &storages {
        match &**storage {
            Storage::Cpu(values) => given.push(Given { numbers: numbers(values, layout)?, dims: layout.dims() }),
            _ => bail!("{name} computes on the CPU"),
        }
    }
    read(&given)
}

/// An operation that was applied.
struct Node<O> {
    operation: O,
    inputs: Vec<Input>,
    /// Where its gradient goes beside candle: the result, without its way back, which would be a circle, and what gathers
    /// the gradient.
    beside: Option<(Arc<OnceLock<Tensor>>, Arc<Arriving>)>,
    returned: Arc<Returned>,
}

impl<O: Operation> Node<O> {
    fn typed<T: Real>(&self, result: &Tensor, gradient: &mut CpuStorage) -> Result<()> {
        let to = To { inputs: &self.inputs, returned: &self.returned };
        let gradient = T::numbers_mut(gradient)?;
        with_inputs(&self.inputs, O::NAME, |given| {
            with_numbers(result, |result| self.operation.backward::<T>(given, result, gradient, &to))
        })
    }
}

impl<O: Operation> Backward for Node<O> {
    fn run(&self, result: &Tensor, gradient: &Tensor) -> Result<()> {
        let (result, mut gradient) = match &self.beside {
            None => (result, copied(gradient)?),
            Some((result, arriving)) => match (result.get(), arriving.take()) {
                (Some(result), Some(gradient)) => (result, gradient),
                _ => return Ok(()),
            },
        };
        match result.dtype() {
            DType::F32 => self.typed::<f32>(result, &mut gradient)?,
            _ => self.typed::<f64>(result, &mut gradient)?,
        }
        recycle(gradient);
        // candle wants a gradient of each tensor but variables.
        for (input, returned) in self.inputs.iter().zip(lock(&self.returned).iter_mut()) {
            if returned.is_none() && matches!(input.way, Way::Candle) && !input.tensor.is_variable() {
                *returned = Some(input.tensor.zeros_like()?);
            }
        }
        Ok(())
    }
}

/// The numbers of a gradient that candle computed.
fn copied(gradient: &Tensor) -> Result<CpuStorage> {
    fn typed<T: Real>(gradient: &Tensor) -> Result<CpuStorage> {
        with_numbers(gradient, |gradient: &[T]| {
            let mut copy = spare::<T>(gradient.len());
            T::numbers_mut(&mut copy)?.copy_from_slice(gradient);
            Ok(copy)
        })
    }
    let gradient = gradient.contiguous()?;
    match gradient.dtype() {
        DType::F32 => typed::<f32>(&gradient),
        _ => typed::<f64>(&gradient),
    }
}
