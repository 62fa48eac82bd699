// CO13

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse, other: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
        aged = Mlp::hidden([32])(other.voltage) -> other.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 42;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        train regress {
            nodes = [soh];
            feed pulse = Batches::of(32).group_by(other.cell)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
