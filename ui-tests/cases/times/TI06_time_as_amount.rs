// TI06

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
        all = Linear::to([2])(pulse.at);
        soh = Mlp::hidden([32])(all) -> pulse.soh;
    }
}

fn main() {}
