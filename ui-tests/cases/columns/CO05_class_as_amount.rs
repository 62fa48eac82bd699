// CO05

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    #[classes("lfp", "nmc", "lco")]
    chemistry: Class,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Linear(pulse.chemistry) -> pulse.soh;
    }
}

fn main() {}
