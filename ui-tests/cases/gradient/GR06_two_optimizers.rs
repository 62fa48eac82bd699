// GR06

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
        #[optimizer(Sgd::lr(0.1))]
        encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
        soh = Linear::new()(encoder) -> pulse.soh;
    }
}

fn main() {}
