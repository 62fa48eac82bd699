// BA04

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    graph SohNet(pulse: Pulse) {
        #[optimizer(Adam::lr(1e-3))]
        ridge = Ridge::penalty(1.0)(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
