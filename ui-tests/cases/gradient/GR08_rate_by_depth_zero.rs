// GR08

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
    graph SohNet(pulse: Pulse) {
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.1).rate_by_depth(0.0))]
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
