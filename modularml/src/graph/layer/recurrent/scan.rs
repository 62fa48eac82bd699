//! All steps of a recurrent layer in one operation with a backward of its own: autograd over each step would keep some
//! dozen tensors a step and add up the gradient of the weights as often.

use std::sync::OnceLock;

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use super::cell::{Cell, Passed, Taken};
use crate::graph::kernel::affine::add_rows;
use crate::graph::kernel::device::apply3;
use crate::graph::kernel::{Matrix, MatrixMut, multiply, vectorized, with_numbers};
use crate::graph::pointwise::elements;
use crate::graph::real::Real;

/// The states after every step, `[length, rows, states * hidden]`.
///
/// `input` is what the gates get from the inputs, `[length, rows, gates * hidden]`; `weight` is `[gates * hidden, hidden]`
/// and, with biases, one column more; `initial` is the state before the first step, `[rows, states * hidden]`.
pub(super) fn scan(cell: Cell, backwards: bool, input: &Tensor, weight: &Tensor, initial: &Tensor) -> Result<Tensor> {
    let (length, rows, _) = input.dims3()?;
    let hidden = initial.dim(1)? / cell.states();
    let biased = weight.dim(1)? > hidden;
    let steps = Steps { cell, backwards, length, rows, hidden, biased };
    let scan = Scan { steps, kept: OnceLock::new() };
    apply3(&input.contiguous()?, &weight.contiguous()?, &initial.contiguous()?, scan)
}

#[derive(Clone, Copy)]
struct Steps {
    cell: Cell,
    /// Whether the first step is at the last position.
    backwards: bool,
    length: usize,
    rows: usize,
    hidden: usize,
    /// Whether the weights end in a column of biases.
    biased: bool,
}

/// The gradients of the three inputs.
struct Gradients<T> {
    input: Vec<T>,
    weight: Vec<T>,
    initial: Vec<T>,
}

impl Steps {
    const fn gates(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    const fn state(&self) -> usize {
        self.cell.states() * self.hidden
    }

    const fn kept(&self) -> usize {
        self.cell.kept() * self.hidden
    }

    /// The positions in the order of the steps.
    fn positions(&self) -> Vec<usize> {
        if self.backwards { (0..self.length).rev().collect() } else { (0..self.length).collect() }
    }

    /// The weights without biases, `[gates, hidden]`.
    fn matrix<'a, T>(&self, weight: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::with_row_stride(weight, self.gates(), self.hidden, self.hidden + usize::from(self.biased))
    }

    /// The biases, 0 where there are none.
    fn biases<T: Real>(&self, weight: &[T]) -> Vec<T> {
        let rows = weight.chunks_exact((self.hidden + usize::from(self.biased)).max(1));
        rows.map(|row| row.get(self.hidden).copied().unwrap_or_else(T::zero)).collect()
    }

    /// The h of some states, `[rows of states, hidden]`.
    fn hidden<'a, T>(&self, states: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::with_row_stride(states, states.len() / self.state().max(1), self.hidden, self.state())
    }

    /// The states, and what the steps kept.
    fn forward<T: Real>(&self, input: &[T], weight: &[T], initial: &[T]) -> Result<(Vec<T>, Vec<T>)> {
        let bias = self.biases(weight);
        let mut from_state = vec![T::zero(); self.rows * self.gates()];
        let (gates, state, kept) = (self.rows * self.gates(), self.rows * self.state(), self.rows * self.kept());
        let mut states = vec![T::zero(); self.length * state];
        let mut keeps = vec![T::zero(); self.length * kept];
        let mut before = initial.to_vec();
        for position in self.positions() {
            for row in from_state.chunks_exact_mut(self.gates().max(1)) {
                row.copy_from_slice(&bias);
            }
            let gate = MatrixMut::new(&mut from_state, self.rows, self.gates())?;
            multiply(gate, true, self.hidden(&before)?, self.matrix(weight)?.t())?;
            let after = &mut states[position * state..][..state];
            let kept = &mut keeps[position * kept..][..kept];
            let input = &input[position * gates..][..gates];
            vectorized!(|| {
                for row in 0..self.rows {
                    self.cell.step(
                        self.hidden,
                        &input[row * self.gates()..][..self.gates()],
                        &from_state[row * self.gates()..][..self.gates()],
                        &before[row * self.state()..][..self.state()],
                        &mut after[row * self.state()..][..self.state()],
                        &mut kept[row * self.kept()..][..self.kept()],
                    );
                }
            });
            before.copy_from_slice(after);
        }
        Ok((states, keeps))
    }

    /// The gradients, given that of the states.
    fn backward<T: Real>(
        &self,
        weight: &[T],
        initial: &[T],
        (states, keeps): (&[T], &[T]),
        gradient: &[T],
    ) -> Result<Gradients<T>> {
        let mut of_h = vec![T::zero(); self.rows * self.hidden];
        let (gates, state, kept) = (self.rows * self.gates(), self.rows * self.state(), self.rows * self.kept());
        let mut input = vec![T::zero(); self.length * gates];
        let is_alike = self.cell.reads_alike();
        let mut from_state = vec![T::zero(); if is_alike { 0 } else { self.length * gates }];
        let mut arriving = vec![T::zero(); state];
        let mut through = vec![T::zero(); state];
        let positions = self.positions();
        for (step, &position) in positions.iter().enumerate().rev() {
            let before = match step.checked_sub(1).and_then(|step| positions.get(step)) {
                Some(&position) => &states[position * state..][..state],
                None => initial,
            };
            for (number, &gradient) in arriving.iter_mut().zip(&gradient[position * state..]) {
                *number += gradient;
            }
            let after = &states[position * state..][..state];
            let kept = &keeps[position * kept..][..kept];
            let to_input = &mut input[position * gates..][..gates];
            let to_state = from_state.get_mut(position * gates..(position + 1) * gates).unwrap_or_default();
            vectorized!(|| {
                for row in 0..self.rows {
                    let taken = Taken {
                        before: &before[row * self.state()..][..self.state()],
                        after: &after[row * self.state()..][..self.state()],
                        kept: &kept[row * self.kept()..][..self.kept()],
                    };
                    let passed = Passed {
                        input: &mut to_input[row * self.gates()..][..self.gates()],
                        state: to_state.get_mut(row * self.gates()..(row + 1) * self.gates()).unwrap_or_default(),
                        before: &mut through[row * self.state()..][..self.state()],
                    };
                    let arriving = &arriving[row * self.state()..][..self.state()];
                    self.cell.step_back(self.hidden, arriving, &taken, passed);
                }
            });
            let gates = Matrix::new(if is_alike { &*to_input } else { &*to_state }, self.rows, self.gates())?;
            multiply(MatrixMut::new(&mut of_h, self.rows, self.hidden)?, false, gates, self.matrix(weight)?)?;
            let by_row = through.chunks_exact_mut(self.state().max(1)).zip(of_h.chunks_exact(self.hidden.max(1)));
            for (through, h) in by_row {
                for (number, &h) in through.iter_mut().zip(h) {
                    *number += h;
                }
            }
            std::mem::swap(&mut arriving, &mut through);
        }
        let weight = self.weight_gradient(if is_alike { &input } else { &from_state }, initial, states)?;
        Ok(Gradients { input, weight, initial: arriving })
    }

    /// The gradient of the weights, of all steps at once, and of the biases where there are such.
    fn weight_gradient<T: Real>(&self, from_state: &[T], initial: &[T], states: &[T]) -> Result<Vec<T>> {
        let width = self.hidden + usize::from(self.biased);
        let mut weight = vec![T::zero(); self.gates() * width];
        let (gates, state) = (self.rows * self.gates(), self.rows * self.state());
        // The first step read the initial states, each other one those of the position before it.
        let others = self.length.saturating_sub(1);
        let (first, rest, before) = if self.backwards { (others, 0, state) } else { (0, gates, 0) };
        let mut add = |adds, from_state: &[T], states: &[T]| {
            let gates = Matrix::new(from_state, from_state.len() / self.gates().max(1), self.gates())?;
            let sum = MatrixMut::with_row_stride(&mut weight, self.gates(), self.hidden, width)?;
            multiply(sum, adds, gates.t(), self.hidden(states)?)
        };
        add(false, &from_state[first * gates..][..gates], initial)?;
        if others > 0 {
            add(true, &from_state[rest..][..others * gates], &states[before..][..others * state])?;
        }
        if self.biased {
            let mut bias = vec![T::zero(); self.gates()];
            add_rows(&mut bias, false, from_state);
            for (row, bias) in weight.chunks_exact_mut(width).zip(bias) {
                if let Some(last) = row.last_mut() {
                    *last = bias;
                }
            }
        }
        Ok(weight)
    }
}

struct Scan {
    steps: Steps,
    /// What the steps of the one forward pass kept.
    kept: OnceLock<CpuStorage>,
}

impl Scan {
    fn forward<T: Real>(&self, input: &[T], weight: &[T], initial: &[T]) -> Result<CpuStorage> {
        let (states, kept) = self.steps.forward(input, weight, initial)?;
        self.kept.get_or_init(|| T::to_cpu_storage_owned(kept));
        Ok(T::to_cpu_storage_owned(states))
    }

    fn backward<T: Real>(
        &self,
        arguments: [&Tensor; 3],
        states: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(kept) = self.kept.get() else { bail!("a recurrent layer went backward before it went forward") };
        let [input, weight, initial] = arguments;
        let kept = T::cpu_storage_as_slice(kept)?;
        let gradient = gradient.contiguous()?;
        let found = with_numbers(states, |states| {
            with_numbers(weight, |weight| {
                with_numbers(initial, |initial| {
                    with_numbers(&gradient, |g| self.steps.backward(weight, initial, (states, kept), g))
                })
            })
        })?;
        let tensor = |numbers, like: &Tensor| Tensor::from_vec(numbers, like.shape(), &Device::Cpu).map(Some);
        Ok((tensor(found.input, input)?, tensor(found.weight, weight)?, tensor(found.initial, initial)?))
    }
}

impl CustomOp3 for Scan {
    fn name(&self) -> &'static str {
        "recurrent scan"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        initial: &CpuStorage,
        initial_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        macro_rules! forward {
            ($input:ident, $weight:ident, $initial:ident) => {
                self.forward(
                    elements($input, input_layout)?,
                    elements($weight, weight_layout)?,
                    elements($initial, initial_layout)?,
                )?
            };
        }
        let states = match (input, weight, initial) {
            (CpuStorage::F32(input), CpuStorage::F32(weight), CpuStorage::F32(initial)) => {
                forward!(input, weight, initial)
            }
            (CpuStorage::F64(input), CpuStorage::F64(weight), CpuStorage::F64(initial)) => {
                forward!(input, weight, initial)
            }
            _ => bail!("a recurrent layer takes f32 or f64"),
        };
        Ok((states, (self.steps.length, self.steps.rows, self.steps.state()).into()))
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        initial: &Tensor,
        states: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        match states.dtype() {
            candle_core::DType::F32 => self.backward::<f32>([input, weight, initial], states, gradient),
            _ => self.backward::<f64>([input, weight, initial], states, gradient),
        }
    }
}
