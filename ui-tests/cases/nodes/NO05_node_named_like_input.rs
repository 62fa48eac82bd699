// NO05

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        pulse = Mlp::hidden([64]).output([16])(pulse.voltage);
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
