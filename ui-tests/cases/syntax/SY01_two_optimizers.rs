// SY01

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    #[optimizer(Sgd::lr(0.1))]
    graph SohNet(pulse: Pulse) {
        #[allow(own_optimizer)]
        #[optimizer(Adam::lr(1e-4))]
        #[optimizer(Adam::lr(1e-5))]
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
