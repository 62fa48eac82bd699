// TI08

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    at: Timestamp,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        days = Elapsed::since("2026-02-30")(pulse.at);
        soh = Mlp::hidden([32])(days) -> pulse.soh;
    }
}

fn main() {}
