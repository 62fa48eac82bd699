// TI07

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    at: f32,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        day = DayOfWeek(pulse.at);
        soh = Mlp::hidden([32])(day) -> pulse.soh;
    }
}

fn main() {}
