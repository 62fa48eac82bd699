//! Burn's training steps: for each line `WORK burn THREADS`, the seconds of a step.

use std::io::{BufRead, Write};
use std::time::Instant;

use burn::module::Module;
use burn::nn::activation::ActivationConfig;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction, TripletMarginLossConfig};
use burn::nn::transformer::{TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput};
use burn::nn::{Linear, LinearConfig, Lstm, LstmConfig, PaddingConfig1d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData, activation::relu};

const STEPS: usize = 32;

/// A network: what stands before its linear maps, and those with relu between them.
#[derive(Module, Debug)]
struct Net {
    convolutions: Vec<Conv1d>,
    lstm: Option<Lstm>,
    block: Option<TransformerEncoder>,
    maps: Vec<Linear>,
}

impl Net {
    fn new(name: &str, device: &Device) -> Self {
        let conv = |inputs, outputs| {
            let config = Conv1dConfig::new(inputs, outputs, 3).with_padding(PaddingConfig1d::Explicit(1, 1));
            config.init(device)
        };
        let widths: &[usize] = match name {
            "mlp_small" => &[10, 32, 32, 1],
            "mlp" => &[101, 256, 256, 1],
            "mlp_classes" => &[784, 512, 512, 10],
            "cnn_small" => &[16 * 101, 1],
            "cnn" => &[32 * 64, 1],
            "lstm" => &[32, 1],
            "transformer" => &[64 * 32, 1],
            _ => &[64, 64, 32],
        };
        let block = || {
            let config = TransformerEncoderConfig::new(64, 256, 4, 1).with_dropout(0.0);
            config.with_activation(ActivationConfig::Relu).init(device)
        };
        Self {
            convolutions: match name {
                "cnn_small" => vec![conv(1, 16), conv(16, 16)],
                "cnn" => vec![conv(1, 32), conv(32, 32)],
                _ => Vec::new(),
            },
            lstm: (name == "lstm").then(|| LstmConfig::new(8, 32, true).init(device)),
            block: (name == "transformer").then(block),
            maps: widths.windows(2).map(|pair| LinearConfig::new(pair[0], pair[1]).init(device)).collect(),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let mut x = x;
        for convolution in &self.convolutions {
            x = relu(convolution.forward(x));
        }
        if let Some(lstm) = &self.lstm {
            let [rows, length, _] = x.dims();
            x = lstm.forward(x, None).0.slice([0..rows, length - 1..length]);
        }
        if let Some(block) = &self.block {
            x = block.forward(TransformerEncoderInput::new(x));
        }
        let mut x: Tensor<2> = x.flatten(1, 2);
        for (place, map) in self.maps.iter().enumerate() {
            x = map.forward(x);
            if place + 1 < self.maps.len() {
                x = relu(x);
            }
        }
        x
    }
}

/// The rows' shape and the batch of a work, and how many steps are timed.
fn sizes(name: &str) -> ([usize; 2], usize, usize) {
    match name {
        "mlp_small" => ([1, 10], 32, 300),
        "mlp" => ([1, 101], 128, 60),
        "mlp_classes" => ([1, 784], 256, 12),
        "cnn_small" => ([1, 101], 32, 60),
        "cnn" => ([1, 64], 128, 24),
        "lstm" => ([50, 8], 32, 24),
        "transformer" => ([32, 64], 32, 12),
        _ => ([1, 64], 64, 120),
    }
}

/// A step on a batch of one work.
fn ready(name: &str) -> Box<dyn FnMut(usize)> {
    let device = Device::flex();
    let tracked = device.clone().autodiff();
    let ([first, second], batch, _) = sizes(name);
    let rows = batch * STEPS;
    let x = Tensor::<3>::random([rows, first, second], Distribution::Default, &device);
    let numbers = Tensor::<2>::random([rows, 1], Distribution::Default, &device);
    let classes: Vec<i32> = (0..10).cycle().take(rows).collect();
    let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, [rows]), &device);
    let order = move |step: usize, shift: usize| {
        let taken: Vec<i32> = (0..batch).map(|row| ((step * batch + row + shift) * 7919 % rows) as i32).collect();
        taken
    };
    let mut net = Some(Net::new(name, &tracked));
    let mut adam = AdamConfig::new().init();
    let name = name.to_owned();
    Box::new(move |step| {
        let take = |shift| Tensor::<1, Int>::from_data(TensorData::new(order(step % STEPS, shift), [batch]), &device);
        let rows = |shift| x.clone().select(0, take(shift)).autodiff();
        let model = net.take().expect("a network");
        let loss = match name.as_str() {
            "triplet" => {
                let [anchor, positive, negative] = [0, 1, 2].map(|shift| model.forward(rows(shift)));
                TripletMarginLossConfig::new().init().forward(anchor, positive, negative, Reduction::Mean)
            }
            "mlp_classes" => {
                let target = classes.clone().select(0, take(0)).autodiff();
                CrossEntropyLossConfig::new().init(&target.device()).forward(model.forward(rows(0)), target)
            }
            _ => {
                let target = numbers.clone().select(0, take(0)).autodiff();
                MseLoss::new().forward(model.forward(rows(0)), target, Reduction::Mean)
            }
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        net = Some(adam.step(1e-3, model, gradients));
    })
}

fn main() {
    let mut known: Vec<(String, Box<dyn FnMut(usize)>)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let name = line.split_whitespace().next().expect("a work").to_owned();
        if !known.iter().any(|(work, _)| *work == name) {
            known.push((name.clone(), ready(&name)));
        }
        let (_, step) = known.iter_mut().find(|(work, _)| *work == name).expect("a work");
        let (_, _, rounds) = sizes(&name);
        for round in 0..3 {
            step(round);
        }
        let start = Instant::now();
        for round in 0..rounds {
            step(round);
        }
        println!("{}", start.elapsed().as_secs_f64() / rounds as f64);
        std::io::stdout().flush().expect("an open pipe");
    }
}
