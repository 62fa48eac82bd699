//! Gradients of parameters, gathered in place.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result, Tensor, TensorId, Var, bail};

use super::switch::is_candle_alone;
use crate::graph::kernel::device::{on_cpu, wide};
use crate::graph::kernel::numbers::elements_mut;
use crate::graph::kernel::{vectorized, with_numbers};
use crate::graph::real::Real;

thread_local! {
    /// Where the operations of this thread write the gradients of parameters while `Gradients::add` runs.
    static TAKEN_IN: RefCell<Option<Gradients>> = const { RefCell::new(None) };
}

/// The gradients of some parameters, each in a tensor that lives as long as they are trained: on the CPU, and in f32
/// where the parameter is of half precision.
///
/// candle makes a new tensor for each gradient, and two more to add it to zeros. Operations that know of this place
/// write straight to it; what others compute is added when candle is done.
#[derive(Default)]
pub(crate) struct Gradients {
    places: Vec<Place>,
    by_parameter: HashMap<TensorId, usize>,
}

#[derive(Clone)]
struct Place {
    parameter: TensorId,
    gradient: Tensor,
    is_set: bool,
}

impl Gradients {
    /// No gradients yet, for these parameters.
    pub fn of<'a>(parameters: impl Iterator<Item = &'a Var>) -> Result<Self> {
        let place = |parameter: &Var| {
            Ok(Place {
                parameter: parameter.id(),
                gradient: Tensor::zeros(parameter.shape(), wide(parameter.dtype()), &Device::Cpu)?,
                is_set: false,
            })
        };
        let places: Vec<Place> = parameters.map(place).collect::<Result<_>>()?;
        let by_parameter = places.iter().enumerate().map(|(at, place)| (place.parameter, at)).collect();
        Ok(Self { places, by_parameter })
    }

    /// Adds the gradients of a scalar.
    pub fn add(&mut self, scalar: &Tensor) -> Result<()> {
        let others = if is_candle_alone() { scalar.backward() } else { self.backward(scalar) }?;
        for place in &mut self.places {
            if let Some(gradient) = others.get_id(place.parameter) {
                place.take_in(&on_cpu(&gradient.detach())?.to_dtype(place.gradient.dtype())?.contiguous()?)?;
            }
        }
        Ok(())
    }

    /// candle's backward, in which operations write the gradients of parameters here; what it gives are the others.
    fn backward(&mut self, scalar: &Tensor) -> Result<GradStore> {
        let before = TAKEN_IN.replace(Some(std::mem::take(self)));
        let others = scalar.backward();
        *self = TAKEN_IN.replace(before).unwrap_or_default();
        others
    }

    /// The gradient of the parameter at a position; none where nothing was added since the last `clear`.
    pub fn get(&self, position: usize) -> Option<&Tensor> {
        self.places.get(position).filter(|place| place.is_set).map(|place| &place.gradient)
    }

    /// How many parameters there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Takes over a gradient that was saved.
    pub fn set(&mut self, position: usize, gradient: &Tensor) -> Result<()> {
        self.places.get_mut(position).into_iter().for_each(|place| place.is_set = false);
        self.add_at(position, gradient)
    }

    /// Adds a gradient of the parameter at a position.
    pub fn add_at(&mut self, position: usize, gradient: &Tensor) -> Result<()> {
        let Some(place) = self.places.get_mut(position) else { bail!("there is no parameter {position}") };
        place.take_in(&on_cpu(gradient)?.to_dtype(place.gradient.dtype())?.contiguous()?)
    }

    /// Forgets all gradients.
    pub fn clear(&mut self) {
        self.places.iter_mut().for_each(|place| place.is_set = false);
    }
}

impl Place {
    fn take_in(&mut self, gradient: &Tensor) -> Result<()> {
        fn add<T: Real>(sum: &mut [T], adds: bool, gradient: &Tensor) -> Result<()> {
            with_numbers(gradient, |more| {
                if adds {
                    vectorized!(|| sum.iter_mut().zip(more).for_each(|(sum, &more)| *sum += more));
                } else {
                    sum.copy_from_slice(more);
                }
                Ok(())
            })
        }
        if gradient.dims() != self.gradient.dims() || gradient.dtype() != self.gradient.dtype() {
            bail!("a gradient of {:?} for a parameter of {:?}", gradient.shape(), self.gradient.shape());
        }
        match gradient.dtype() {
            DType::F32 => self.write::<f32>(|sum, adds| add(sum, adds, gradient)),
            _ => self.write::<f64>(|sum, adds| add(sum, adds, gradient)),
        }
    }

    fn write<T: Real>(&mut self, write: impl FnOnce(&mut [T], bool) -> Result<()>) -> Result<()> {
        let adds = self.is_set;
        in_place(&self.gradient, |gradient| write(gradient, adds))?;
        self.is_set = true;
        Ok(())
    }
}

/// Computes the gradient of a parameter; `compute` is given the numbers to write to and whether to add to them.
///
/// None where it was written to its place, and else the gradient for candle.
pub(crate) fn gradient_of<T: Real>(
    parameter: &Tensor,
    compute: impl FnOnce(&mut [T], bool) -> Result<()>,
) -> Result<Option<Tensor>> {
    if !parameter.track_op() {
        return Ok(None);
    }
    let place = TAKEN_IN.with_borrow(|taken_in| {
        let gradients = taken_in.as_ref()?;
        gradients.places.get(*gradients.by_parameter.get(&parameter.id())?).cloned()
    });
    let Some(mut place) = place else {
        let mut gradient = vec![T::zero(); parameter.elem_count()];
        compute(&mut gradient, false)?;
        return Tensor::from_vec(gradient, parameter.shape(), parameter.device()).map(Some);
    };
    // Nothing is borrowed while it computes: a thread that waits for the others may train another graph meanwhile,
    // which takes the place of these gradients and gives it back.
    place.write(compute)?;
    TAKEN_IN.with_borrow_mut(|taken_in| {
        let at = taken_in.as_ref().and_then(|gradients| gradients.by_parameter.get(&place.parameter).copied());
        if let (Some(gradients), Some(at)) = (taken_in, at) {
            gradients.places.get_mut(at).into_iter().for_each(|place| place.is_set = true);
        }
    });
    Ok(None)
}

/// Changes the numbers of a contiguous tensor.
fn in_place<T: Real>(tensor: &Tensor, change: impl FnOnce(&mut [T]) -> Result<()>) -> Result<()> {
    /// candle's trait hands it on by reference, and it can be called once only.
    struct Change<F, T>(RefCell<Option<F>>, PhantomData<T>);

    impl<T: Real, F: FnOnce(&mut [T]) -> Result<()>> InplaceOp1 for Change<F, T> {
        fn name(&self) -> &'static str {
            "gradient"
        }

        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
            match self.0.take() {
                Some(change) => change(elements_mut(T::numbers_mut(storage)?, layout)?),
                None => Ok(()),
            }
        }
    }
    tensor.inplace_op1(&Change(RefCell::new(Some(change)), PhantomData::<T>))
}
