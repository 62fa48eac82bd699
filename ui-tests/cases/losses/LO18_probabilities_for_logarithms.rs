// LO18

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    shares: [f32; 3],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        state = Mlp::hidden([32]).output_activation(Activation::Softmax)(pulse.voltage) -> pulse.shares;
        flat = Flatten(state) -> pulse.shares;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = KlDiv(flat, pulse.shares);
            epochs = 20;
        }
    }
}

fn main() {}
