// BT12

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    voltage: Vec<f32>,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
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
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32).stratify_by(pulse.state).by_length(pulse.voltage)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
