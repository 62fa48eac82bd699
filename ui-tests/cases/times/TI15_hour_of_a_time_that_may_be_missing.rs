// TI15

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    at: Option<Timestamp>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        hour = Hour(pulse.at);
        soh = Mlp::hidden([32])(hour) -> pulse.soh;
    }
}

fn main() {}
