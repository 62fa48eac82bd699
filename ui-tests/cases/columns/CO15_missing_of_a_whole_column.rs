// CO15

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        known = IsMissing(pulse.temperature);
        soh = Linear(known) -> pulse.soh;
    }
}

fn main() {}
