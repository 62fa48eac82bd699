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
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        a = Linear::to([8])(pulse.voltage);
        #[allow(own_optimizer)]
        #[optimizer(Adam::lr(1e-3))]
        pick = ArgMax(a);
        soh = Linear::new()(pick) -> pulse.soh;
    }
}

fn main() {}
