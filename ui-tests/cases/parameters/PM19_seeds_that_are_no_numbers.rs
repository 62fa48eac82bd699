// PM19
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
    #[optimizer(Adam::lr(1e-3))]
    pub graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([64])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    pub experiment SohStudy for SohNet {
        seed = 42;
        vary seed in [1, -2];
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
