// RE05

use std::process::ExitCode;

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; loss = Mse(soh, pulse.soh); }
    }
}

fn main() -> ExitCode {
    SohStudy::main(|source| FeatureSet::<Pulse>::from_csv(source.or("pulses.csv")?))
}
