//! All steps of one direction of a recurrent layer in one operation with a backward of its own: autograd over each step
//! would keep some dozen tensors a step and add up the gradient of the weights as often.

use std::sync::OnceLock;

use candle_core::{CpuStorage, Result, Shape, Tensor, bail};

use super::cell::{Cell, Passed, Taken};
use crate::graph::autograd::{Given, Operation, To, apply, recycle, spare};
use crate::graph::kernel::affine::add_rows;
use crate::graph::kernel::{Matrix, MatrixMut, in_parallel, multiply, put, vectorized};
use crate::graph::real::Real;

/// Weights of at most so many numbers stay in the cache nearest to the processor while a few rows take all steps.
const NEAR: usize = 32 << 10;
/// How many rows take all steps before the next ones do, where the weights stay near.
const ROWS: usize = 8;

/// What a scan gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// The state after each step, `[length, rows, states * hidden]`.
    States,
    /// h after each step, `[rows, length, hidden]`.
    Sequence,
    /// h after the last step, `[rows, hidden]`.
    Last,
}

/// How a direction is gone through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    pub cell: Cell,
    /// Whether the first step is at the last position.
    pub backwards: bool,
    pub hidden: usize,
    pub biased: bool,
    pub gives: Gives,
}

impl Scan {
    /// Goes through `[rows, length, width]` with weights for inputs, `[gates * hidden, width]`, and for states,
    /// `[gates * hidden, hidden]`, a bias of each where the scan is biased, and the state before the first step,
    /// `[rows, states * hidden]`, where that is not 0.
    ///
    /// Where given, `mask` of `[rows, length]` is 0 at positions that are passed over: the state stays as it is, and h there
    /// is given as 0.
    pub fn over(self, inputs: &[&Tensor], mask: Option<Vec<u8>>) -> Result<Tensor> {
        apply(inputs, Steps { scan: self, mask, kept: OnceLock::new() })
    }

    const fn gates(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    const fn state(&self) -> usize {
        self.cell.states() * self.hidden
    }

    const fn kept(&self) -> usize {
        self.cell.kept() * self.hidden
    }

    /// Where the state before the first step stands: behind x, both weights and both biases.
    const fn place_of_initial(&self) -> usize {
        if self.biased { 5 } else { 3 }
    }
}

struct Steps {
    scan: Scan,
    /// By row and position, 0 where it is passed over.
    mask: Option<Vec<u8>>,
    /// What the steps of the one forward pass kept, and the states before each.
    kept: OnceLock<[CpuStorage; 2]>,
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.kept.take().into_iter().flatten().for_each(recycle);
    }
}

/// The inputs with their sizes.
struct Inputs<'a, T> {
    scan: Scan,
    rows: usize,
    length: usize,
    width: usize,
    x: &'a [T],
    input_weight: &'a [T],
    state_weight: &'a [T],
    biases: Option<(&'a [T], &'a [T])>,
    initial: Option<&'a [T]>,
    mask: Option<&'a [u8]>,
}

impl<'a, T: Real> Inputs<'a, T> {
    fn of(scan: Scan, mask: Option<&'a [u8]>, inputs: &[Given<'a, T>]) -> Result<Self> {
        let [x, input_weight, state_weight, rest @ ..] = inputs else { bail!("a recurrent layer has no weights") };
        let &[rows, length, width] = x.dims else { bail!("{:?} is not [rows, length, width]", x.dims) };
        let biases = match rest {
            [input, state, ..] if scan.biased => Some((input.numbers, state.numbers)),
            _ => None,
        };
        let initial = inputs.get(scan.place_of_initial()).map(|initial| initial.numbers);
        let (gates, hidden) = (scan.gates(), scan.hidden);
        let fits = input_weight.dims == [gates, width]
            && state_weight.dims == [gates, hidden]
            && biases.is_none_or(|(input, state)| input.len() == gates && state.len() == gates)
            && initial.is_none_or(|initial| initial.len() == rows * scan.state());
        if !fits || hidden == 0 || length == 0 {
            bail!(
                "weights of {:?} and {:?} do not fit to a batch of {:?}",
                input_weight.dims,
                state_weight.dims,
                x.dims
            );
        }
        let (x, input_weight, state_weight) = (x.numbers, input_weight.numbers, state_weight.numbers);
        Ok(Self { scan, rows, length, width, x, input_weight, state_weight, biases, initial, mask })
    }

    /// How many rows take all steps before the next ones do.
    const fn block(&self) -> usize {
        if self.state_weight.len() <= NEAR || self.rows == 0 { ROWS } else { self.rows }
    }

    /// Whether a row passes over a position.
    #[inline(always)]
    fn is_passed_over(&self, row: usize, position: usize) -> bool {
        self.mask.is_some_and(|mask| mask.get(row * self.length + position) == Some(&0))
    }

    fn multiplications(&self) -> usize {
        (self.rows * self.length).saturating_mul(self.state_weight.len())
    }

    /// The position of each step.
    fn positions(&self) -> Vec<usize> {
        if self.scan.backwards { (0..self.length).rev().collect() } else { (0..self.length).collect() }
    }

    /// Where the next step reads its state from: the position behind this one, and none behind the last step.
    fn next(&self, position: usize) -> Option<usize> {
        if self.scan.backwards {
            position.checked_sub(1)
        } else {
            Some(position + 1).filter(|next| *next < self.length)
        }
    }

    /// Writes what the gates get from the input, at the beginning of what each step keeps.
    fn read_input(&self, all: &mut [T]) -> Result<()> {
        let (gates, kept) = (self.scan.gates(), self.scan.kept());
        let steps = self.rows * self.length;
        let bias = self.biases.map_or(&[][..], |(bias, _)| bias);
        let one: Vec<T> = (0..kept).map(|place| bias.get(place).copied().unwrap_or_else(T::zero)).collect();
        all.chunks_exact_mut(kept).for_each(|step| step.copy_from_slice(&one));
        let result = MatrixMut::with_row_stride(all, steps, gates, kept)?;
        let weights = Matrix::new(self.input_weight, gates, self.width)?;
        multiply(result, self.biases.is_some(), Matrix::new(self.x, steps, self.width)?, weights.t())
    }

    /// Writes what steps keep and the state before each, and gives the one after the last.
    fn forward(&self, keeps: &mut [T], before: &mut [T]) -> Result<Vec<T>> {
        let (gates, hidden, state, kept) = (self.scan.gates(), self.scan.hidden, self.scan.state(), self.scan.kept());
        self.read_input(keeps)?;
        let mut last = self.initial.map_or_else(|| vec![T::zero(); self.rows * state], <[T]>::to_vec);
        let turned: Vec<T> =
            (0..hidden).flat_map(|h| self.state_weight.iter().skip(h).step_by(hidden).copied()).collect();
        let block = self.block();
        let parts = keeps.chunks_mut(block * self.length * kept).zip(before.chunks_mut(block * self.length * state));
        let parts: Vec<_> = parts.zip(last.chunks_mut(block * state)).enumerate().collect();
        in_parallel(self.multiplications(), parts, |(part, ((keeps, before), last))| {
            let rows = last.len() / state;
            let mut from_state = vec![T::zero(); rows * gates];
            let positions = self.positions();
            if let Some(&first) = positions.first() {
                for (before, initial) in before.chunks_exact_mut(self.length * state).zip(last.chunks_exact(state)) {
                    before[first * state..][..state].copy_from_slice(initial);
                }
            }
            for position in positions {
                if let Some((_, bias)) = self.biases {
                    from_state.chunks_exact_mut(gates).for_each(|row| row.copy_from_slice(bias));
                }
                let h = Matrix::with_row_stride(&before[position * state..], rows, hidden, self.length * state)?;
                let result = MatrixMut::new(&mut from_state, rows, gates)?;
                multiply(result, self.biases.is_some(), h, Matrix::new(&turned, hidden, gates)?)?;
                let next = self.next(position);
                vectorized!(|| {
                    let rows = from_state.chunks_exact(gates).zip(last.chunks_exact_mut(state));
                    let steps = keeps.chunks_exact_mut(self.length * kept);
                    let rows = rows.zip(steps).zip(before.chunks_exact_mut(self.length * state));
                    for (row, (((from_state, last), keeps), before)) in (part * block..).zip(rows) {
                        let kept = &mut keeps[position * kept..][..kept];
                        let (low, high) = before.split_at_mut(position.max(next.unwrap_or(position)) * state);
                        let (before, after) = match next {
                            None => (if low.len() == position * state { &*high } else { &*low }, last),
                            Some(next) if next > position => (&low[position * state..], high),
                            Some(next) => (&*high, &mut low[next * state..]),
                        };
                        if self.is_passed_over(row, position) {
                            after[..state].copy_from_slice(&before[..state]);
                            continue;
                        }
                        self.scan.cell.step(hidden, from_state, &before[..state], &mut after[..state], kept);
                    }
                });
            }
            Ok(())
        })?;
        Ok(last)
    }

    /// What the scan gives of the states.
    fn given(&self, before: &[T], last: &[T]) -> (Vec<T>, Shape) {
        let (hidden, state, length) = (self.scan.hidden, self.scan.state(), self.length);
        let after = |row: usize, position: usize| match self.next(position) {
            Some(next) => &before[(row * length + next) * state..][..state],
            None => &last[row * state..][..state],
        };
        match self.scan.gives {
            Gives::States => {
                let all = (0..length).flat_map(|position| (0..self.rows).flat_map(move |row| after(row, position)));
                (all.copied().collect(), (length, self.rows, state).into())
            }
            Gives::Sequence => {
                let mut all = Vec::with_capacity(self.rows * length * hidden);
                for row in 0..self.rows {
                    for position in 0..length {
                        if self.is_passed_over(row, position) {
                            all.extend(std::iter::repeat_n(T::zero(), hidden));
                        } else {
                            all.extend_from_slice(&after(row, position)[..hidden]);
                        }
                    }
                }
                (all, (self.rows, length, hidden).into())
            }
            Gives::Last => {
                let h = last.chunks_exact(state).flat_map(|last| &last[..hidden]);
                (h.copied().collect(), (self.rows, hidden).into())
            }
        }
    }

    /// Adds the gradient of what the scan gives at a position of a row to that of the state after it.
    #[inline(always)]
    fn arrive(&self, gradient: &[T], row: usize, position: usize, state: &mut [T]) {
        let (hidden, width) = (self.scan.hidden, self.scan.state());
        match self.scan.gives {
            Gives::States => put(state, true, &gradient[(position * self.rows + row) * width..][..width]),
            Gives::Sequence if self.is_passed_over(row, position) => {}
            Gives::Sequence => {
                put(&mut state[..hidden], true, &gradient[(row * self.length + position) * hidden..][..hidden]);
            }
            Gives::Last if self.next(position).is_none() => {
                put(&mut state[..hidden], true, &gradient[row * hidden..][..hidden]);
            }
            Gives::Last => {}
        }
    }

    /// Writes the gradients of what the gates get from the input and, where that is another one, from the state, and
    /// gives that of the state before the first step.
    fn backward(
        &self,
        (keeps, before): (&[T], &[T]),
        gradient: &[T],
        (input, from_state): (&mut [T], &mut [T]),
    ) -> Result<Vec<T>> {
        let (gates, hidden, state, kept) = (self.scan.gates(), self.scan.hidden, self.scan.state(), self.scan.kept());
        let (is_alike, length, block) = (self.scan.cell.reads_alike(), self.length, self.block());
        let mut initial = vec![T::zero(); self.rows * state];
        let mut of_states = from_state.chunks_mut((block * length * gates).max(1));
        let parts =
            input.chunks_mut((block * length * gates).max(1)).zip(initial.chunks_mut(block * state)).enumerate();
        let parts: Vec<_> = parts.map(|part| (part, of_states.next().unwrap_or_default())).collect();
        in_parallel(self.multiplications(), parts, |((part, (input, arriving)), from_state)| {
            let rows = arriving.len() / state;
            let mut through = vec![T::zero(); arriving.len()];
            for position in self.positions().into_iter().rev() {
                vectorized!(|| {
                    for row in 0..rows {
                        let (step, all) = (row * length + position, (part * block + row) * length + position);
                        let arriving = &mut arriving[row * state..][..state];
                        self.arrive(gradient, part * block + row, position, arriving);
                        if self.is_passed_over(part * block + row, position) {
                            input[step * gates..][..gates].fill(T::zero());
                            if let Some(of_state) = from_state.get_mut(step * gates..(step + 1) * gates) {
                                of_state.fill(T::zero());
                            }
                            through[row * state..][..state].copy_from_slice(arriving);
                            continue;
                        }
                        let taken =
                            Taken { before: &before[all * state..][..state], kept: &keeps[all * kept..][..kept] };
                        let passed = Passed {
                            input: &mut input[step * gates..][..gates],
                            state: from_state.get_mut(step * gates..(step + 1) * gates).unwrap_or_default(),
                            before: &mut through[row * state..][..state],
                        };
                        self.scan.cell.step_back(hidden, arriving, &taken, passed);
                    }
                });
                let of_gates = if is_alike { &*input } else { &*from_state };
                let of_gates = Matrix::with_row_stride(&of_gates[position * gates..], rows, gates, length * gates)?;
                let of_h = MatrixMut::with_row_stride(&mut through, rows, hidden, state)?;
                multiply(of_h, true, of_gates, Matrix::new(self.state_weight, gates, hidden)?)?;
                arriving.copy_from_slice(&through);
            }
            Ok(())
        })?;
        Ok(initial)
    }
}

impl Operation for Steps {
    const NAME: &'static str = "recurrent layer";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let inputs = Inputs::of(self.scan, self.mask.as_deref(), inputs)?;
        let steps = inputs.rows * inputs.length;
        let [mut keeps, mut before] = [self.scan.kept(), self.scan.state()].map(|each| spare::<T>(steps * each));
        let last = inputs.forward(T::numbers_mut(&mut keeps)?, T::numbers_mut(&mut before)?)?;
        let given = inputs.given(T::numbers_mut(&mut before)?, &last);
        self.kept.get_or_init(|| [keeps, before]);
        Ok(given)
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let Some([keeps, before]) = self.kept.get() else { bail!("a recurrent layer went backward before forward") };
        let (keeps, before) = (T::cpu_storage_as_slice(keeps)?, T::cpu_storage_as_slice(before)?);
        let inputs = Inputs::of(self.scan, self.mask.as_deref(), inputs)?;
        let (steps, gates, hidden) = (inputs.rows * inputs.length, self.scan.gates(), self.scan.hidden);
        let is_alike = self.scan.cell.reads_alike();
        let mut spares = [spare::<T>(steps * gates), spare::<T>(if is_alike { 0 } else { steps * gates })];
        let [input, from_state] = &mut spares;
        let (input, from_state) = (T::numbers_mut(input)?, T::numbers_mut(from_state)?);
        let initial = inputs.backward((keeps, before), gradient, (&mut *input, &mut *from_state))?;
        let from_state = if is_alike { &*input } else { &*from_state };
        let of_gates = Matrix::new(input, steps, gates)?;
        to.write(0, |of_x, adds| {
            let weights = Matrix::new(inputs.input_weight, gates, inputs.width)?;
            multiply(MatrixMut::new(of_x, steps, inputs.width)?, adds, of_gates, weights)
        })?;
        to.write(1, |of_weights, adds| {
            let x = Matrix::new(inputs.x, steps, inputs.width)?;
            multiply(MatrixMut::new(of_weights, gates, inputs.width)?, adds, of_gates.t(), x)
        })?;
        to.write(2, |of_weights, adds| {
            let h = Matrix::with_row_stride(before, steps, hidden, self.scan.state())?;
            multiply(MatrixMut::new(of_weights, gates, hidden)?, adds, Matrix::new(from_state, steps, gates)?.t(), h)
        })?;
        if self.scan.biased {
            for (place, rows) in [(3, &*input), (4, from_state)] {
                to.write(place, |of_bias, adds| {
                    add_rows(of_bias, adds, rows);
                    Ok(())
                })?;
            }
        }
        to.write(self.scan.place_of_initial(), |of_initial, adds| {
            put(of_initial, adds, &initial);
            Ok(())
        })?;
        spares.into_iter().for_each(recycle);
        Ok(())
    }
}
