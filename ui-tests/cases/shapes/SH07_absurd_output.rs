// SH07

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
        encoder = Linear::to([1_000_000, 1_000_000])(pulse.voltage);
        soh = Linear::new()(encoder) -> pulse.soh;
    }
}

fn main() {}
