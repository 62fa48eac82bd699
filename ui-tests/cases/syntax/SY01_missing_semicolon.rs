// SY01

use modularml::prelude::*;

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
        encoder = Linear::to([16])(pulse.voltage)
        soh = Mlp::hidden([32])(encoder) -> pulse.soh;
    }
}

fn main() {}
