//! What all optimizers share: state by parameter name, one pass over a parameter in place, saving.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Shape, Tensor, Var, bail};

use super::{Change, Optimizer};
use crate::error::At as _;
use crate::graph::kernel::device::on_cpu;
use crate::graph::kernel::numbers::{elements, elements_mut};
use crate::graph::kernel::vectorized;
use crate::graph::real::Real;
use crate::{Error, Result};

/// What a rate leads in an optimizer.
pub(super) trait Led {
    /// The learning rate.
    fn rate(&mut self) -> &mut f64;

    /// The momentum, where there is one.
    fn momentum(&mut self) -> Option<&mut f64> {
        None
    }
}

/// What differs from one parameter to another in an optimizer.
pub(super) trait ByParameter: Copy {
    /// The settings for a parameter of so many axes.
    fn for_axes(self, _axes: usize) -> Self {
        self
    }
}

/// Makes an optimizer of a [`Rule`] with a setting `lr`, and tells which settings are its momentum and its weight decay
/// where it has them; one with a decay has a setting `no_decay_on_biases`.
macro_rules! fused {
    ($optimizer:ident $(, momentum: $momentum:ident)? $(, decay: $decay:ident)?) => {
        impl crate::graph::optimizer::BuildOptimizer for $optimizer {
            fn build(&self) -> Box<dyn crate::graph::optimizer::Optimizer> {
                Box::new(crate::graph::optimizer::fused::Fused::new(*self))
            }
        }

        impl crate::graph::optimizer::fused::Led for $optimizer {
            fn rate(&mut self) -> &mut f64 {
                &mut self.lr
            }

            $(fn momentum(&mut self) -> Option<&mut f64> {
                Some(&mut self.$momentum)
            })?
        }

        impl crate::graph::optimizer::fused::ByParameter for $optimizer {
            $(fn for_axes(self, axes: usize) -> Self {
                let decays = axes > 1 || !self.no_decay_on_biases;
                Self { $decay: if decays { self.$decay } else { 0.0 }, ..self }
            })?
        }
    };
}
pub(super) use fused;

/// How one optimizer changes a parameter.
pub(super) trait Rule: Led + ByParameter + Send {
    /// The names of the buffers that it keeps for each parameter, each as long as the parameter and 0 at first.
    fn buffers(&self) -> &'static [&'static str];

    /// Changes the parameter in place; `step` counts from 1, and the buffers are in the order of their names.
    fn update<T: Real>(&self, step: u64, parameter: &mut [T], gradient: &[T], buffers: &mut [Vec<T>]);
}

/// An optimizer made of a rule.
pub(super) struct Fused<R> {
    rule: R,
    /// The names of the buffers by the settings, whatever momentum a rate says for the moment.
    buffers: &'static [&'static str],
    /// The learning rate of the settings.
    rate: f64,
    /// The momentum of the settings.
    momentum: Option<f64>,
    states: BTreeMap<String, State>,
}

/// The state of one parameter.
struct State {
    steps: u64,
    shape: Shape,
    buffers: Buffers,
}

enum Buffers {
    F32(Vec<Vec<f32>>),
    F64(Vec<Vec<f64>>),
}

impl<R: Rule> Fused<R> {
    pub fn new(mut rule: R) -> Self {
        let (buffers, rate, momentum) = (rule.buffers(), *rule.rate(), rule.momentum().copied());
        Self { rule, buffers, rate, momentum, states: BTreeMap::new() }
    }

    fn change(&mut self, change: Change<'_>) -> Result<()> {
        change.check()?;
        let Change { name, parameter, gradient } = change;
        let place = || format!("step of `{name}`");
        if !self.states.contains_key(name) {
            let state = State::new(self.buffers.len(), parameter).at(place)?;
            self.states.insert(name.to_owned(), state);
        }
        let Some(state) = self.states.get_mut(name) else { return Ok(()) };
        if state.shape.dims() != parameter.dims() {
            return Err(Error::State(format!(
                "the optimizer's state of `{name}` has shape {:?}, the parameter {:?}",
                state.shape.dims(),
                parameter.dims()
            )));
        }
        let gradient = on_cpu(&gradient.detach()).and_then(|gradient| gradient.contiguous()).at(place)?;
        let step = state.steps + 1;
        let rule = self.rule.for_axes(parameter.rank());
        let update = Update { rule, step, buffers: RefCell::new(&mut state.buffers) };
        // The loops are the CPU's; of a parameter on another device a copy is changed.
        let changed = on_cpu(&parameter.as_detached_tensor()).at(place)?;
        changed.inplace_op2(&gradient, &update).at(place)?;
        if !parameter.device().is_cpu() {
            changed.to_device(parameter.device()).and_then(|changed| parameter.set(&changed)).at(place)?;
        }
        state.steps = step;
        Ok(())
    }
}

impl<R: Rule> Optimizer for Fused<R> {
    fn step(&mut self, changes: &[Change<'_>]) -> Result<()> {
        changes.iter().try_for_each(|change| self.change(*change))
    }

    fn scale_rate(&mut self, factor: f64) {
        *self.rule.rate() = self.rate * factor;
    }

    fn set_momentum(&mut self, momentum: Option<f64>) {
        if let (Some(now), Some(own)) = (self.rule.momentum(), self.momentum) {
            *now = momentum.unwrap_or(own);
        }
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut all = BTreeMap::new();
        if self.buffers.is_empty() {
            return Ok(all);
        }
        for (name, state) in &self.states {
            let steps = i64::try_from(state.steps).unwrap_or(i64::MAX);
            all.insert(format!("{name}/steps"), Tensor::new(steps, &Device::Cpu)?);
            for (position, buffer) in self.buffers.iter().enumerate() {
                if let Some(tensor) = state.buffer(position)? {
                    all.insert(format!("{name}/{buffer}"), tensor);
                }
            }
        }
        Ok(all)
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut by_parameter: BTreeMap<&str, BTreeMap<&str, &Tensor>> = BTreeMap::new();
        for (key, tensor) in state {
            let Some((name, part)) = key.rsplit_once('/') else {
                return Err(Error::State(format!("`{key}` is not `<parameter>/<part>` of an optimizer's state")));
            };
            by_parameter.entry(name).or_default().insert(part, tensor);
        }
        let read = |(name, parts): (&str, _)| {
            let state = State::read(self.buffers, parts).at(|| format!("the optimizer's state of `{name}`"))?;
            Ok((name.to_owned(), state))
        };
        self.states = by_parameter.into_iter().map(read).collect::<Result<_>>()?;
        Ok(())
    }
}

impl State {
    fn new(buffers: usize, parameter: &Var) -> candle_core::Result<Self> {
        let count = parameter.elem_count();
        let buffers = match parameter.dtype() {
            DType::F32 => Buffers::F32(vec![vec![0.0; count]; buffers]),
            DType::F64 => Buffers::F64(vec![vec![0.0; count]; buffers]),
            other => bail!("parameters are f32 or f64, found {other:?}"),
        };
        Ok(Self { steps: 0, shape: parameter.shape().clone(), buffers })
    }

    fn buffer(&self, position: usize) -> Result<Option<Tensor>> {
        let tensor = match &self.buffers {
            Buffers::F32(buffers) => {
                buffers.get(position).map(|values| Tensor::from_slice(values, &self.shape, &Device::Cpu))
            }
            Buffers::F64(buffers) => {
                buffers.get(position).map(|values| Tensor::from_slice(values, &self.shape, &Device::Cpu))
            }
        };
        Ok(tensor.transpose()?)
    }

    fn read(buffers: &[&'static str], mut parts: BTreeMap<&str, &Tensor>) -> Result<Self> {
        let missing = |part: &str| Error::State(format!("`{part}` is missing"));
        let steps = parts.remove("steps").ok_or_else(|| missing("steps"))?;
        let steps = match steps.rank() {
            0 => steps.to_dtype(DType::I64)?.to_scalar::<i64>()?,
            _ => return Err(Error::State(format!("`steps` is one number, found shape {:?}", steps.dims()))),
        };
        let Ok(steps) = u64::try_from(steps) else {
            return Err(Error::State(format!("`steps` is {steps}, must be at least 0")));
        };
        let mut tensors = Vec::with_capacity(buffers.len());
        for buffer in buffers {
            tensors.push(parts.remove(buffer).ok_or_else(|| missing(buffer))?);
        }
        if let Some(unknown) = parts.keys().next() {
            return Err(Error::State(format!("`{unknown}` is not part of this optimizer's state")));
        }
        let Some(first) = tensors.first() else {
            return Err(Error::State("this optimizer keeps no state".to_owned()));
        };
        let (shape, dtype) = (first.shape().clone(), first.dtype());
        if tensors.iter().any(|tensor| tensor.shape() != &shape || tensor.dtype() != dtype) {
            return Err(Error::State(format!("its parts differ in shape or type; all must be {shape:?} of {dtype:?}")));
        }
        let buffers = match dtype {
            DType::F32 => Buffers::F32(values(&tensors)?),
            DType::F64 => Buffers::F64(values(&tensors)?),
            other => return Err(Error::State(format!("its parts are {other:?}, must be f32 or f64"))),
        };
        Ok(Self { steps, shape, buffers })
    }
}

fn values<T: Real>(tensors: &[&Tensor]) -> Result<Vec<Vec<T>>> {
    tensors.iter().map(|tensor| Ok(tensor.flatten_all()?.to_vec1()?)).collect()
}

/// One step of one parameter.
struct Update<'a, R> {
    rule: R,
    step: u64,
    /// The state, which candle's trait gives no exclusive way to.
    buffers: RefCell<&'a mut Buffers>,
}

impl<R: Rule> InplaceOp2 for Update<'_, R> {
    fn name(&self) -> &'static str {
        "optimizer step"
    }

    fn cpu_fwd(
        &self,
        parameter: &mut CpuStorage,
        parameter_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> candle_core::Result<()> {
        match (parameter, gradient, &mut **self.buffers.borrow_mut()) {
            (CpuStorage::F32(parameter), CpuStorage::F32(gradient), Buffers::F32(buffers)) => {
                let parameter = elements_mut(parameter, parameter_layout)?;
                let gradient = elements(gradient, gradient_layout)?;
                vectorized!(|| self.rule.update(self.step, parameter, gradient, buffers));
            }
            (CpuStorage::F64(parameter), CpuStorage::F64(gradient), Buffers::F64(buffers)) => {
                let parameter = elements_mut(parameter, parameter_layout)?;
                let gradient = elements(gradient, gradient_layout)?;
                vectorized!(|| self.rule.update(self.step, parameter, gradient, buffers));
            }
            _ => bail!("the parameter, its gradient and the optimizer's state must all be f32 or all f64"),
        }
        Ok(())
    }
}
