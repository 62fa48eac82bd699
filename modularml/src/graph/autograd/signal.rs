//! What candle sees of our operations: signals of no numbers, in whose order the gradients beside them are computed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, DType, Device, Layout, Result, Shape, Tensor, TensorId,
};

use super::spares::{recycle, spare};
use crate::graph::kernel::{vectorized, with_numbers};
use crate::graph::real::Real;

thread_local! {
    /// The results of operations, by the tensors that show them.
    static RESULTS: RefCell<HashMap<TensorId, Weak<Produced>>> = RefCell::default();
}

/// The result of an operation as the operations that read it see it.
pub(super) struct Produced {
    /// What candle sees instead of it.
    pub signal: Tensor,
    pub arriving: Arc<Arriving>,
}

/// An input of an operation.
pub(super) struct Input {
    pub tensor: Tensor,
    pub way: Way,
}

/// How the gradient of an input goes back.
pub(super) enum Way {
    /// It needs none.
    Nowhere,
    /// To the operation that it comes from.
    Beside(Arc<Produced>),
    /// To a place that a phase has for it, or else through candle.
    Candle,
}

/// What gathers the gradient of a result, from all that read it.
#[derive(Default)]
pub(super) struct Arriving(Mutex<Option<CpuStorage>>);

impl Arriving {
    /// Adds a gradient of so many numbers. Nothing is locked while it computes.
    pub fn write<T: Real>(&self, count: usize, compute: impl FnOnce(&mut [T], bool) -> Result<()>) -> Result<()> {
        let before = lock(&self.0).take();
        let adds = before.is_some();
        let mut gradient = before.unwrap_or_else(|| spare::<T>(count));
        compute(T::numbers_mut(&mut gradient)?, adds)?;
        *lock(&self.0) = Some(gradient);
        Ok(())
    }

    /// Adds what candle computed.
    fn add<T: Real>(&self, gradient: &Tensor) -> Result<()> {
        with_numbers(gradient, |more: &[T]| {
            self.write(more.len(), |sum, adds| {
                if adds {
                    vectorized!(|| sum.iter_mut().zip(more).for_each(|(sum, &more)| *sum += more));
                } else {
                    sum.copy_from_slice(more);
                }
                Ok(())
            })
        })
    }

    /// What has arrived.
    pub fn take(&self) -> Option<CpuStorage> {
        lock(&self.0).take()
    }
}

impl Drop for Arriving {
    /// A step that failed half way leaves gradients that nobody takes.
    fn drop(&mut self) {
        if let Some(gradient) = self.take() {
            recycle(gradient);
        }
    }
}

/// The operation that a tensor is the result of.
pub(super) fn produced(tensor: &Tensor) -> Option<Arc<Produced>> {
    RESULTS.with_borrow(|results| results.get(&tensor.id()).and_then(Weak::upgrade))
}

fn remember(tensor: &Tensor, produced: &Arc<Produced>) {
    RESULTS.with_borrow_mut(|results| {
        if results.len() == results.capacity() {
            results.retain(|_, produced| produced.strong_count() > 0);
        }
        results.insert(tensor.id(), Arc::downgrade(produced));
    });
}

/// How many results are remembered.
#[cfg(test)]
pub(super) fn remembered() -> usize {
    RESULTS.with_borrow(HashMap::len)
}

/// The same numbers in another shape, through which gradients go as they do through the tensor itself.
pub(crate) fn reshape(tensor: &Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
    let reshaped = tensor.contiguous()?.reshape(shape.into())?;
    if let Some(produced) = produced(tensor) {
        remember(&reshaped, &produced);
    }
    Ok(reshaped)
}

/// The result of an operation as candle's tensor.
pub(super) fn reveal(produced: Produced, storage: CpuStorage, shape: Shape) -> Result<Tensor> {
    let produced = Arc::new(produced);
    let signal = produced.signal.clone();
    let result = Mutex::new(Some((storage, shape)));
    let tensor = signal.apply_op1(Reveal { result, produced: Arc::clone(&produced) })?;
    remember(&tensor, &produced);
    Ok(tensor)
}

struct Reveal {
    result: Mutex<Option<(CpuStorage, Shape)>>,
    produced: Arc<Produced>,
}

impl CustomOp1 for Reveal {
    fn name(&self) -> &'static str {
        "result"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        lock(&self.result).take().map_or_else(|| candle_core::bail!("a result is shown once"), Ok)
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        match result.dtype() {
            DType::F32 => self.produced.arriving.add::<f32>(&gradient)?,
            _ => self.produced.arriving.add::<f64>(&gradient)?,
        }
        nothing().map(Some)
    }
}

/// What is done when a signal comes back.
pub(super) trait Backward: Send + Sync {
    /// Computes the gradients of all inputs, given the result that candle knows and its gradient.
    fn run(&self, result: &Tensor, gradient: &Tensor) -> Result<()>;
}

/// What candle sees of the inputs that need a gradient.
pub(super) fn arguments(inputs: &[Input]) -> Vec<(Argument, Tensor)> {
    let argument = |(place, input): (usize, &Input)| match &input.way {
        Way::Nowhere => None,
        Way::Beside(produced) => Some((Argument::Signal, produced.signal.clone())),
        Way::Candle => Some((Argument::Input(place), input.tensor.clone())),
    };
    inputs.iter().enumerate().filter_map(argument).collect()
}

/// A signal that comes back before those of all inputs that need a gradient; or `result`, which comes back as well.
pub(super) fn signal(
    mut arguments: Vec<(Argument, Tensor)>,
    node: Arc<dyn Backward>,
    returned: Arc<Returned>,
    result: Option<(CpuStorage, Shape)>,
) -> Result<Tensor> {
    while arguments.len() > 3 {
        let last = arguments.split_off(arguments.len() - 3);
        arguments.push((Argument::Signal, knot(&last, None, Arc::clone(&returned), None)?));
    }
    knot(&arguments, Some(node), returned, result)
}

/// One of the three arguments that candle sees.
#[derive(Clone, Copy)]
pub(super) enum Argument {
    /// It gets a signal back.
    Signal,
    /// It gets the gradient of an input back, where there is one.
    Input(usize),
}

struct Knot {
    arguments: [Option<Argument>; 3],
    /// None where arguments are only tied together.
    node: Option<Arc<dyn Backward>>,
    returned: Arc<Returned>,
    result: Mutex<Option<(CpuStorage, Shape)>>,
}

fn knot(
    arguments: &[(Argument, Tensor)],
    node: Option<Arc<dyn Backward>>,
    returned: Arc<Returned>,
    result: Option<(CpuStorage, Shape)>,
) -> Result<Tensor> {
    let kinds = std::array::from_fn(|place| arguments.get(place).map(|(kind, _)| *kind));
    let knot = Knot { arguments: kinds, node, returned, result: Mutex::new(result) };
    match arguments {
        [(_, a)] => a.apply_op1(knot),
        [(_, a), (_, b)] => a.apply_op2(b, knot),
        [(_, a), (_, b), (_, c)] => a.apply_op3(b, c, knot),
        other => candle_core::bail!("{} arguments cannot be tied together", other.len()),
    }
}

fn nothing() -> Result<Tensor> {
    Tensor::zeros((), DType::F32, &Device::Cpu)
}

impl Knot {
    fn forward(&self) -> (CpuStorage, Shape) {
        lock(&self.result).take().unwrap_or_else(|| (CpuStorage::F32(vec![0.0]), ().into()))
    }

    /// What the arguments get back.
    fn backward<const N: usize>(&self, result: &Tensor, gradient: &Tensor) -> Result<[Option<Tensor>; N]> {
        if let Some(node) = &self.node {
            node.run(result, gradient)?;
        }
        let mut all = [const { None }; N];
        for (back, argument) in all.iter_mut().zip(&self.arguments) {
            *back = match argument {
                Some(Argument::Signal) => Some(nothing()?),
                Some(Argument::Input(input)) => lock(&self.returned).get_mut(*input).and_then(Option::take),
                None => None,
            };
        }
        Ok(all)
    }
}

impl CustomOp1 for Knot {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok(self.forward())
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let [a] = self.backward(result, gradient)?;
        Ok(a)
    }
}

impl CustomOp2 for Knot {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok(self.forward())
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [a, b] = self.backward(result, gradient)?;
        Ok((a, b))
    }
}

impl CustomOp3 for Knot {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok(self.forward())
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [a, b, c] = self.backward(result, gradient)?;
        Ok((a, b, c))
    }
}

/// The gradients that candle gets, by input.
pub(super) type Returned = Mutex<Vec<Option<Tensor>>>;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
