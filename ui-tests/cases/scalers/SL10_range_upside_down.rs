// SL10

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    current: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        both = Concat::axis(-1)(pulse.voltage, pulse.current);
        soh = Mlp::hidden([32])(both) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        scale pulse.voltage = MinMax.low(1.0).high(-1.0) fitted on train;
        scale pulse.current = Robust.lower(80.0) fitted on train;
        scale pulse.soh = MinMax.low(2.0) fitted on train;
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
