//! The loop that a person would write by hand in candle.

use std::time::Instant;

use candle_core::{D, DType, Device, Result as CandleResult, Tensor};
use candle_nn::rnn::{LSTMConfig, RNN};
use candle_nn::{Conv1d, Conv1dConfig, Init, Linear, Module, Optimizer, VarBuilder, VarMap};

use super::works::Timed;
use crate::Result;

const STEPS: usize = 32;

/// What is compared with what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Numbers,
    Classes,
    Triplets,
}

/// A work: the shape of a row, the rows of a batch, the steps of a round.
struct Work {
    row: &'static [usize],
    batch: usize,
    steps: usize,
    task: Task,
    net: Box<dyn Module>,
}

fn work(name: &str, vars: &VarBuilder<'_>) -> CandleResult<Option<Work>> {
    let of = |row, batch, steps, task, net| Ok(Some(Work { row, batch, steps, task, net }));
    let net: Box<dyn Module> = match name {
        "mlp_small" => Box::new(Mlp::new(&[10, 32, 32, 1], vars)?),
        "mlp" => Box::new(Mlp::new(&[101, 256, 256, 1], vars)?),
        "mlp_classes" => Box::new(Mlp::new(&[784, 512, 512, 10], vars)?),
        "cnn_small" => Box::new(Cnn::new(16, 101, vars)?),
        "cnn" => Box::new(Cnn::new(32, 64, vars)?),
        "lstm" => Box::new(Last::new(vars)?),
        "transformer" => Box::new(Block::new(vars)?),
        "triplet" => Box::new(Mlp::new(&[64, 64, 32], vars)?),
        _ => return Ok(None),
    };
    match name {
        "mlp_small" => of(&[10], 32, 1920, Task::Numbers, net),
        "mlp" => of(&[101], 128, 96, Task::Numbers, net),
        "mlp_classes" => of(&[784], 256, 32, Task::Classes, net),
        "cnn_small" => of(&[1, 101], 32, 96, Task::Numbers, net),
        "cnn" => of(&[1, 64], 128, 32, Task::Numbers, net),
        "lstm" => of(&[50, 8], 32, 64, Task::Numbers, net),
        "transformer" => of(&[32, 64], 32, 32, Task::Numbers, net),
        _ => of(&[64], 64, 192, Task::Triplets, net),
    }
}

/// The step of a work; none where it has none.
pub fn ready(name: &str) -> Result<Option<Timed>> {
    let (variables, device) = (VarMap::new(), Device::Cpu);
    let builder = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let Some(Work { row, batch, steps, task, net }) = work(name, &builder)? else { return Ok(None) };
    let settings = candle_nn::ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() };
    let mut adam = candle_nn::AdamW::new(variables.all_vars(), settings)?;
    let rows = batch * STEPS;
    let x = Tensor::randn(0f32, 1.0, [&[rows], row].concat(), &device)?;
    let classes: Vec<u32> = (0..10).cycle().take(rows).collect();
    let y = match task {
        Task::Classes => Tensor::new(classes, &device)?,
        Task::Numbers | Task::Triplets => Tensor::randn(0f32, 1.0, (rows, 1), &device)?,
    };
    let count = u32::try_from(rows)?;
    let order =
        |shift: u32| Tensor::new((0..count).map(|row| (row + shift) * 7919 % count).collect::<Vec<_>>(), &device);
    let orders = [order(0)?, order(1)?, order(2)?];
    Ok(Some(Box::new(move || {
        let start = Instant::now();
        for step in 0..steps {
            let taken = |order: usize| orders[order].narrow(0, step % STEPS * batch, batch);
            let code = |order: usize| net.forward(&x.index_select(&taken(order)?, 0)?);
            let loss = match task {
                Task::Numbers => candle_nn::loss::mse(&code(0)?, &y.index_select(&taken(0)?, 0)?)?,
                Task::Classes => candle_nn::loss::cross_entropy(&code(0)?, &y.index_select(&taken(0)?, 0)?)?,
                Task::Triplets => {
                    let (anchor, positive, negative) = (code(0)?, code(1)?, code(2)?);
                    let distance = |other: &Tensor| (&anchor - other)?.sqr()?.sum(1)?.affine(1.0, 1e-12)?.sqrt();
                    ((distance(&positive)? - distance(&negative)?)? + 1.0)?.relu()?.mean_all()?
                }
            };
            adam.backward_step(&loss)?;
        }
        Ok(start.elapsed().as_secs_f64() / f64::from(u32::try_from(steps)?))
    })))
}

/// Linear maps with relu between them.
struct Mlp(Vec<Linear>);

impl Mlp {
    fn new(widths: &[usize], vars: &VarBuilder<'_>) -> CandleResult<Self> {
        let map = |(place, pair): (usize, &[usize])| candle_nn::linear(pair[0], pair[1], vars.pp(place));
        Ok(Self(widths.windows(2).enumerate().map(map).collect::<CandleResult<_>>()?))
    }
}

impl Module for Mlp {
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let mut x = x.clone();
        for (place, map) in self.0.iter().enumerate() {
            x = map.forward(&x)?;
            if place + 1 < self.0.len() {
                x = x.relu()?;
            }
        }
        Ok(x)
    }
}

/// Two convolutions and a linear map.
struct Cnn {
    convolutions: [Conv1d; 2],
    map: Linear,
}

impl Cnn {
    fn new(channels: usize, length: usize, vars: &VarBuilder<'_>) -> CandleResult<Self> {
        let config = Conv1dConfig { padding: 1, ..Default::default() };
        let conv = |inputs, name| candle_nn::conv1d(inputs, channels, 3, config, vars.pp(name));
        let convolutions = [conv(1, "first")?, conv(channels, "second")?];
        Ok(Self { convolutions, map: candle_nn::linear(channels * length, 1, vars.pp("map"))? })
    }
}

impl Module for Cnn {
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let [first, second] = &self.convolutions;
        let x = second.forward(&first.forward(x)?.relu()?)?.relu()?;
        self.map.forward(&x.flatten_from(1)?)
    }
}

/// A linear map of the last state of an LSTM.
struct Last {
    lstm: candle_nn::rnn::LSTM,
    map: Linear,
}

impl Last {
    fn new(vars: &VarBuilder<'_>) -> CandleResult<Self> {
        let lstm = candle_nn::lstm(8, 32, LSTMConfig::default(), vars.pp("lstm"))?;
        Ok(Self { lstm, map: candle_nn::linear(32, 1, vars.pp("map"))? })
    }
}

impl Module for Last {
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let states = self.lstm.seq(x)?;
        let last = states.last().ok_or_else(|| candle_core::Error::Msg("no state".to_owned()))?;
        self.map.forward(last.h())
    }
}

/// A layer norm; candle's own loses the gradient of all that stands before it.
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn new(vars: &VarBuilder<'_>) -> CandleResult<Self> {
        let vector = |name, value| vars.get_with_hints(64, name, Init::Const(value));
        Ok(Self { weight: vector("weight", 1.0)?, bias: vector("bias", 0.0)? })
    }

    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        candle_nn::ops::layer_norm_slow(x, &self.weight, &self.bias, 1e-5)
    }
}

/// An encoder block of 4 heads, and a linear map of all positions.
struct Block {
    projection: Linear,
    joined: Linear,
    inner: Linear,
    outer: Linear,
    norms: [Norm; 2],
    map: Linear,
}

impl Block {
    fn new(vars: &VarBuilder<'_>) -> CandleResult<Self> {
        let map = |inputs, outputs, name| candle_nn::linear(inputs, outputs, vars.pp(name));
        let norm = |name| Norm::new(&vars.pp(name));
        Ok(Self {
            projection: map(64, 192, "projection")?,
            joined: map(64, 64, "joined")?,
            inner: map(64, 256, "inner")?,
            outer: map(256, 64, "outer")?,
            norms: [norm("first")?, norm("second")?],
            map: map(2048, 1, "map")?,
        })
    }

    fn attend(&self, x: &Tensor) -> CandleResult<Tensor> {
        let (rows, length, width) = x.dims3()?;
        let parts = self.projection.forward(x)?.reshape((rows, length, 3, 4, width / 4))?;
        let part = |place| parts.narrow(2, place, 1)?.squeeze(2)?.transpose(1, 2)?.contiguous();
        let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
        let scores = (queries.matmul(&keys.t()?.contiguous()?)? * 0.25)?;
        let heads = candle_nn::ops::softmax(&scores, D::Minus1)?.matmul(&values)?;
        self.joined.forward(&heads.transpose(1, 2)?.reshape((rows, length, width))?)
    }
}

impl Module for Block {
    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let [first, second] = &self.norms;
        let x = first.forward(&(x + self.attend(x)?)?)?;
        let fed = self.outer.forward(&self.inner.forward(&x)?.relu()?)?;
        self.map.forward(&second.forward(&(x + fed)?)?.flatten_from(1)?)
    }
}
