// CO12

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
        code = Embedding::size(4).padding(3)(pulse.chemistry);
        soh = Linear(code) -> pulse.soh;
    }
}

fn main() {}
