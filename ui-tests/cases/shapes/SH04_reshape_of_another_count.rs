// SH04

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
        image = Reshape::to([10, 10])(pulse.voltage);
        soh = Linear::new()(image) -> pulse.soh;
    }
}

fn main() {}
