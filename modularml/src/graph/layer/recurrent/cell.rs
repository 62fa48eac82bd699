//! One step of one row of a recurrent layer, and its derivative.

use crate::graph::real::Real;

/// What a recurrent layer computes at each position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// h' = tanh(a)
    Rnn,
    /// c' = f c + i g and h' = o tanh(c'), with the gates i, f, g, o in this order.
    Lstm,
    /// h' = (1 - z) n + z h, with the gates r, z, n in this order; r scales what n reads of h.
    Gru,
}

/// The numbers of one row that a step backwards reads.
pub(super) struct Taken<'a, T> {
    /// The state before the step.
    pub before: &'a [T],
    /// What the step kept.
    pub kept: &'a [T],
}

/// The gradients that a step backwards writes for one row.
pub(super) struct Passed<'a, T> {
    /// With respect to what the gates get from the input.
    pub input: &'a mut [T],
    /// With respect to what the gates get from the state; empty where that is the same.
    pub state: &'a mut [T],
    /// With respect to the state before the step, but for what passes through the gates.
    pub before: &'a mut [T],
}

impl Cell {
    /// How many gates of `hidden` numbers a step computes.
    pub const fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// How many parts of `hidden` numbers the state has: h and, for some, c.
    pub const fn states(self) -> usize {
        if matches!(self, Self::Lstm) { 2 } else { 1 }
    }

    /// Whether gates read input and state alike, as a sum, so that the gradients of both are the same.
    pub const fn reads_alike(self) -> bool {
        !matches!(self, Self::Gru)
    }

    /// The operator of ONNX.
    pub const fn onnx_name(self) -> &'static str {
        match self {
            Self::Rnn => "RNN",
            Self::Lstm => "LSTM",
            Self::Gru => "GRU",
        }
    }

    /// The numbers of gates in the order of ONNX, which is (i, o, f, g) and (z, r, n).
    pub fn onnx_gates(self, numbers: &[f64]) -> Vec<f64> {
        let order: &[usize] = match self {
            Self::Rnn => &[0],
            Self::Lstm => &[0, 3, 1, 2],
            Self::Gru => &[1, 0, 2],
        };
        let size = numbers.len() / self.gates();
        let gate = |&gate: &usize| numbers.get(gate * size..(gate + 1) * size).unwrap_or_default();
        order.iter().flat_map(gate).copied().collect()
    }

    /// How many parts of `hidden` numbers a step keeps for its derivative, the gates first.
    pub const fn kept(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Lstm => 5,
            Self::Gru => 4,
        }
    }

    /// The state after a step, from what the gates get from the state and, in what the step keeps, from the input.
    #[allow(clippy::many_single_char_names, reason = "the letters of the formulas")]
    #[inline(always)]
    pub fn step<T: Real>(self, hidden: usize, state: &[T], before: &[T], after: &mut [T], kept: &mut [T]) {
        match self {
            Self::Rnn => {
                for ((kept, &state), after) in kept.iter_mut().zip(state).zip(after) {
                    *kept = (*kept + state).tanh();
                    *after = *kept;
                }
            }
            Self::Lstm => {
                // Loops of few slices each: what reads and writes more of them is not vectorized.
                let [_, memory] = parts(before, hidden);
                let [h, c] = parts_mut(after, hidden);
                let (i_and_f, rest) = kept.split_at_mut(2 * hidden);
                let [g, o, t] = parts_mut(rest, hidden);
                let [state_g, state_o] = parts(state.get(2 * hidden..).unwrap_or_default(), hidden);
                for (gate, &state) in i_and_f.iter_mut().zip(state) {
                    *gate = sigmoid(*gate + state);
                }
                for (g, &state) in g.iter_mut().zip(state_g) {
                    *g = (*g + state).tanh();
                }
                for (o, &state) in o.iter_mut().zip(state_o) {
                    *o = sigmoid(*o + state);
                }
                let [i, f] = parts(i_and_f, hidden);
                for ((((c, &f), &memory), &i), &g) in c.iter_mut().zip(f).zip(memory).zip(i).zip(&*g) {
                    *c = f * memory + i * g;
                }
                for (t, &c) in t.iter_mut().zip(&*c) {
                    *t = c.tanh();
                }
                for ((h, &o), &t) in h.iter_mut().zip(&*o).zip(&*t) {
                    *h = o * t;
                }
            }
            Self::Gru => {
                let state = parts::<3, T>(state, hidden);
                let [r, z, n, m] = parts_mut(kept, hidden);
                for (gate, &state) in r.iter_mut().zip(state[0]) {
                    *gate = sigmoid(*gate + state);
                }
                for (gate, &state) in z.iter_mut().zip(state[1]) {
                    *gate = sigmoid(*gate + state);
                }
                for (((n, m), &state), &r) in n.iter_mut().zip(m).zip(state[2]).zip(&*r) {
                    *m = state;
                    *n = (*n + r * state).tanh();
                }
                for (((after, &z), &n), &before) in after.iter_mut().zip(&*z).zip(&*n).zip(before) {
                    *after = (T::one() - z) * n + z * before;
                }
            }
        }
    }

    /// The gradients of a step, given that with respect to the state after it.
    #[allow(clippy::many_single_char_names, reason = "the letters of the formulas")]
    #[inline(always)]
    pub fn step_back<T: Real>(self, hidden: usize, gradient: &[T], taken: &Taken<'_, T>, passed: Passed<'_, T>) {
        let Passed { input, state, before } = passed;
        let one = T::one();
        match self {
            Self::Rnn => {
                let states = taken.kept.iter().zip(gradient);
                for (through, (&h, &gradient)) in input.iter_mut().zip(states) {
                    *through = gradient * (one - h * h);
                }
                before.fill(T::zero());
            }
            Self::Lstm => {
                let [_, memory] = parts(taken.before, hidden);
                let [i, f, g, o, t] = parts(taken.kept, hidden);
                let [dh, dc] = parts(gradient, hidden);
                let [di, df, dg, d_o] = parts_mut(input, hidden);
                let [through_h, through_c] = parts_mut(before, hidden);
                for (((d_o, &dh), &t), &o) in d_o.iter_mut().zip(dh).zip(t).zip(o) {
                    *d_o = dh * t * o * (one - o);
                }
                for ((((through, &dc), &dh), &o), &t) in through_c.iter_mut().zip(dc).zip(dh).zip(o).zip(t) {
                    *through = dc + dh * o * (one - t * t);
                }
                for (((di, &dc), &g), &i) in di.iter_mut().zip(&*through_c).zip(g).zip(i) {
                    *di = dc * g * i * (one - i);
                }
                for (((df, &dc), &memory), &f) in df.iter_mut().zip(&*through_c).zip(memory).zip(f) {
                    *df = dc * memory * f * (one - f);
                }
                for (((dg, &dc), &i), &g) in dg.iter_mut().zip(&*through_c).zip(i).zip(g) {
                    *dg = dc * i * (one - g * g);
                }
                through_c.iter_mut().zip(f).for_each(|(through, &f)| *through *= f);
                through_h.fill(T::zero());
            }
            Self::Gru => {
                let [r, z, n, m] = parts(taken.kept, hidden);
                let [dr, dz, dn] = parts_mut(input, hidden);
                let [state_r, state_z, state_n] = parts_mut(state, hidden);
                for j in 0..hidden {
                    dn[j] = gradient[j] * (one - z[j]) * (one - n[j] * n[j]);
                    dz[j] = gradient[j] * (taken.before[j] - n[j]) * z[j] * (one - z[j]);
                    dr[j] = dn[j] * m[j] * r[j] * (one - r[j]);
                    state_r[j] = dr[j];
                    state_z[j] = dz[j];
                    state_n[j] = dn[j] * r[j];
                    before[j] = gradient[j] * z[j];
                }
            }
        }
    }
}

/// 1 / (1 + exp(-x)), which no x makes overflow.
#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    let small = (if x < T::zero() { x } else { T::zero() - x }).exp_below_one();
    let above = if x < T::zero() { small } else { T::one() };
    above / (T::one() + small)
}

/// A row in parts of `hidden` numbers.
#[inline(always)]
fn parts<const N: usize, T>(row: &[T], hidden: usize) -> [&[T]; N] {
    let mut parts = row.chunks_exact(hidden.max(1));
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

#[inline(always)]
fn parts_mut<const N: usize, T>(row: &mut [T], hidden: usize) -> [&mut [T]; N] {
    let mut parts = row.chunks_exact_mut(hidden.max(1));
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
