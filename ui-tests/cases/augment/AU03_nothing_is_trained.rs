// AU03

use modularml::{layers::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    graph SohNet(pulse: Pulse) {
        soh = Ridge::penalty(1.0)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        augment pulse.voltage = Noise::deviation(0.01);
        fit baseline { nodes = [soh]; feed pulse = train; }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn main() {}
