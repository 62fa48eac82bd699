// TI07

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
        hour = Hour(pulse.at);
        month = Month(hour);
        soh = Mlp::hidden([32])(month) -> pulse.soh;
    }
}

fn main() {}
