// SL13

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(missing = allow)]
    signals: [f32; 3],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        known = IsMissing(pulse.signals);
        soh = Linear(known) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        scale pulse.signals = [Imputer, Standard] fitted on train;
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
