// PM14
#![allow(unused_imports)]

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
pub struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(lr))]
    pub graph SohNet(pulse: Pulse; width: usize = 64, lr: f64 = 1e-3) {
        soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    pub experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = width;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
