//! Layers and directions of recurrent cells, one over the other.

use candle_core::{Tensor, Var};

use super::cell::Cell;
use super::scan::{Gives, Scan};
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::graph::layer::dropout::dropout;
use crate::graph::layer::init::{Init, Initial};
use crate::graph::layer::{Layer, LayerBuild, Mode, only, only_value, padded};
use crate::graph::mask::{Mask, Masked};
use crate::onnx::{OnnxAttribute, OnnxGraph, OnnxValue, int, ints};
use crate::{Error, Result};

/// What the recurrent components have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recurrent {
    pub cell: Cell,
    pub hidden: usize,
    pub layers: usize,
    pub bidirectional: bool,
    pub last: bool,
    pub dropout: f64,
    pub no_bias: bool,
    pub init: Init,
    pub init_gain: f64,
}

/// A running [`Rnn`](super::Rnn), [`Lstm`](super::Lstm) or [`Gru`](super::Gru) whose states can be given and read, for a
/// layer of one's own that goes on where a sequence ended.
#[derive(Debug)]
pub struct Recurrence {
    recurrent: Recurrent,
    /// Layer after layer, and of each the directions.
    directions: Vec<Direction>,
}

/// One direction of one layer.
#[derive(Debug)]
struct Direction {
    /// As PyTorch calls it: `l0` or `l0_reverse`.
    name: String,
    backwards: bool,
    /// `[gates * hidden, inputs]`
    input_weight: Var,
    /// `[gates * hidden, hidden]`
    state_weight: Var,
    /// Of the input and of the state, `[gates * hidden]` each.
    biases: Option<(Var, Var)>,
}

impl Recurrence {
    pub(super) fn new(recurrent: Recurrent, mut build: LayerBuild) -> Result<Self> {
        let Some(input) = build.inputs.first().filter(|input| input.rank() == 2) else {
            return Err(Error::Component("a recurrent layer takes one input of [length, width]".to_owned()));
        };
        let Recurrent { hidden, layers, bidirectional, init, init_gain: gain, .. } = recurrent;
        let both: &[bool] = if bidirectional { &[false, true] } else { &[false] };
        let mut width = input.axis(1);
        let mut initial = Initial::of(init, gain, &mut build);
        let mut directions = Vec::new();
        for layer in 0..layers {
            for &backwards in both {
                let name = format!("l{layer}{}", if backwards { "_reverse" } else { "" });
                let direction = Direction::new(name, backwards, recurrent, width, &mut initial);
                directions.push(direction.at(|| "initial weights".to_owned())?);
            }
            width = both.len() * hidden;
        }

        Ok(Self { recurrent, directions })
    }

    /// Runs over a batch `[rows, length, width]`.
    ///
    /// The result is the last layer's h at every position, `[rows, length, directions * hidden]`, and the state of every
    /// layer and direction after its last step: one tensor each, h and for an LSTM c behind it, as `[rows, states *
    /// hidden]`. `initial` holds such states from before the first step; without it they are 0.
    ///
    /// # Errors
    /// When shapes do not fit.
    pub fn run(&self, x: &Tensor, initial: Option<&[Tensor]>, mode: &mut Mode) -> Result<(Tensor, Vec<Tensor>)> {
        let (rows, length, _) = x.dims3()?;
        let Recurrent { cell, hidden, .. } = self.recurrent;
        let (count, each) = (self.directions.len(), [rows, cell.states() * hidden]);
        if let Some(states) = initial {
            if states.len() != count {
                let found = states.len();
                return Err(Error::Component(format!("{count} layers and directions were given {found} states")));
            }
            if let Some(wrong) = states.iter().find(|state| state.dims() != each) {
                let found = wrong.dims();
                return Err(Error::Component(format!("a state of {found:?} was given, {each:?} is needed")));
            }
        }
        let mut states = Vec::with_capacity(count);
        let sequence = self.layers(x, mode, |direction, x, mode| {
            let before = initial.and_then(|initial| initial.get(states.len()));
            let after = direction.run(self.recurrent, (x, None), before, Gives::States, mode)?;
            let end = if direction.backwards { 0 } else { length.saturating_sub(1) };
            states.push(after.get(end)?);
            after.narrow(2, 0, hidden)?.transpose(0, 1)
        })?;
        Ok((sequence.contiguous()?, states))
    }

    /// Runs layer over layer; `run` gives what one direction makes of `[rows, length, width]`.
    fn layers(
        &self,
        x: &Tensor,
        mode: &mut Mode,
        mut run: impl FnMut(&Direction, &Tensor, &Mode) -> candle_core::Result<Tensor>,
    ) -> Result<Tensor> {
        let mut sequence = x.clone();
        for (layer, directions) in self.directions.chunks(self.per_layer()).enumerate() {
            if layer > 0 {
                sequence = dropout(&sequence, self.recurrent.dropout, mode)?;
            }
            let outputs = directions.iter().map(|direction| {
                let output = run(direction, &sequence, mode);
                output.at(|| direction.name.clone())
            });
            let outputs = outputs.collect::<Result<Vec<_>>>()?;
            sequence = match outputs.as_slice() {
                [only] => only.clone(),
                both => Tensor::cat(both, both.first().map_or(0, Tensor::rank).saturating_sub(1))?,
            };
        }
        Ok(sequence)
    }

    /// What the layer gives of `[rows, length, width]`, read past the positions that are 0 in `mask`.
    fn read(&self, x: &Tensor, mask: Option<&[u8]>, mode: &mut Mode) -> Result<Tensor> {
        let last = self.directions.len().saturating_sub(self.per_layer());
        self.layers(x, mode, |direction, x, mode| {
            let is_last = self.directions.iter().skip(last).any(|last| last.name == direction.name);
            let gives = if is_last && self.recurrent.last { Gives::Last } else { Gives::Sequence };
            direction.run(self.recurrent, (x, mask.map(<[u8]>::to_vec)), None, gives, mode)
        })
    }

    const fn per_layer(&self) -> usize {
        if self.recurrent.bidirectional { 2 } else { 1 }
    }
}

impl Direction {
    fn new(
        name: String,
        backwards: bool,
        recurrent: Recurrent,
        inputs: usize,
        initial: &mut Initial<'_>,
    ) -> candle_core::Result<Self> {
        let (gates, hidden) = (recurrent.cell.gates(), recurrent.hidden);
        let input_weight = initial.gates(gates, hidden, inputs)?;
        let state_weight = initial.gates(gates, hidden, hidden)?;
        let mut bias = || initial.bias(gates * hidden, hidden);
        let biases = if recurrent.no_bias { None } else { Some((bias()?, bias()?)) };
        Ok(Self { name, backwards, input_weight, state_weight, biases })
    }

    /// Goes through `[rows, length, width]`, past the positions that are 0 in `mask`.
    fn run(
        &self,
        recurrent: Recurrent,
        (x, mask): (&Tensor, Option<Vec<u8>>),
        before: Option<&Tensor>,
        gives: Gives,
        mode: &Mode,
    ) -> candle_core::Result<Tensor> {
        let Recurrent { cell, hidden, .. } = recurrent;
        let parameters = [&self.input_weight, &self.state_weight].into_iter();
        let parameters = parameters.chain(self.biases.iter().flat_map(|(input, state)| [input, state]));
        let parameters: Vec<Tensor> =
            parameters.map(|parameter| mode.parameter(parameter)).collect::<candle_core::Result<_>>()?;
        let inputs: Vec<&Tensor> = std::iter::once(x).chain(&parameters).chain(before).collect();
        Scan { cell, backwards: self.backwards, hidden, biased: self.biases.is_some(), gives }.over(&inputs, mask)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let weights = [("weight_ih", &self.input_weight), ("weight_hh", &self.state_weight)];
        let biases = self.biases.iter().flat_map(|(input, state)| [("bias_ih", input), ("bias_hh", state)]);
        let named = |(kind, parameter): (&str, &Var)| (format!("{kind}_{}", self.name), parameter.clone());
        weights.into_iter().chain(biases).map(named).collect()
    }
}

impl Layer for Recurrence {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.read(only(inputs)?, None, mode)
    }

    fn takes_any_length(&self) -> bool {
        true
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let length = x.dim(1)?;
        let y = self.read(&mask.zero(x)?, Some(&mask.positions(length)?), mode)?;
        Ok((y, if self.recurrent.last { None } else { Some(mask.by_position(length)?) }))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.directions.iter().flat_map(Direction::parameters).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut sequence = only_value(inputs)?.clone();
        let count = self.directions.len() / self.per_layer();
        for (layer, directions) in self.directions.chunks(self.per_layer()).enumerate() {
            let last = self.recurrent.last && layer + 1 == count;
            sequence = onnx_layer(graph, &sequence, self.recurrent, directions, last)?;
        }
        Ok(sequence)
    }
}

/// Adds one layer in its directions to a graph of ONNX: `[length, width]` to `[length, directions * hidden]`, or the state
/// after the last step of each direction.
fn onnx_layer(
    graph: &mut OnnxGraph,
    x: &OnnxValue,
    recurrent: Recurrent,
    directions: &[Direction],
    last: bool,
) -> Result<OnnxValue> {
    let &[length, width] = x.axes() else {
        return Err(Error::Component("a recurrent layer takes one input of [length, width]".to_owned()));
    };
    let Recurrent { cell, hidden, .. } = recurrent;
    let gates = cell.gates() * hidden;
    let mut all: [Vec<f64>; 3] = Default::default();
    for direction in directions {
        let [weights, of_state, biases] = &mut all;
        weights.extend(cell.onnx_gates(&f64s(&direction.input_weight.as_detached_tensor())?));
        of_state.extend(cell.onnx_gates(&f64s(&direction.state_weight.as_detached_tensor())?));
        for bias in direction.biases.iter().flat_map(|(input, state)| [input, state]) {
            biases.extend(cell.onnx_gates(&f64s(&bias.as_detached_tensor())?));
        }
    }
    let [weights, of_state, biases] = all;
    let count = directions.len();
    let weights = graph.numbers(&weights, &[count, gates, width]);
    let of_state = graph.numbers(&of_state, &[count, gates, hidden]);
    let biases = (!biases.is_empty()).then(|| graph.numbers(&biases, &[count, 2 * gates]));
    // Steps come before rows.
    let steps = [("perm", ints([1, 0, 2]))];
    let steps = graph.operator("Transpose", &[x], &steps, x.element(), x.axes());
    let mut attributes = vec![
        ("hidden_size", OnnxAttribute::Int(int(hidden))),
        ("direction", OnnxAttribute::Text(if count > 1 { "bidirectional" } else { "forward" })),
    ];
    if cell == Cell::Gru {
        attributes.push(("linear_before_reset", OnnxAttribute::Int(1)));
    }
    let mut inputs = vec![steps.name(), weights.name(), of_state.name()];
    inputs.extend(biases.iter().map(OnnxValue::name));
    let (outputs, order) = if last { (2, ints([1, 0, 2])) } else { (1, ints([2, 0, 1, 3])) };
    let axes: &[usize] = if last { &[count, hidden] } else { &[length, count, hidden] };
    let states = graph.operator_giving(cell.onnx_name(), &inputs, &attributes, outputs, (x.element(), axes));
    let states = graph.operator("Transpose", &[&states], &[("perm", order)], x.element(), axes);
    Ok(if last { graph.reshape(&states, &[count * hidden]) } else { graph.reshape(&states, &[length, count * hidden]) })
}
