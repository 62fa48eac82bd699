// CO12

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    #[classes("lfp", "nmc", "lco")]
    chemistry: Class,
    #[feat]
    #[classes("round", "flat")]
    form: Class,
    #[feat(length = 4)]
    steps: Vec<u32>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = Embedding::size(4).entries(3)(pulse.chemistry, pulse.steps);
        soh = Linear(code) -> pulse.soh;
    }
}

fn main() {}
