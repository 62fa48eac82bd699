// CO12

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
        rest = Linear::to([2])(pulse.temperature);
        code = Embedding::size(4).entries(7)(rest);
        soh = Linear(code) -> pulse.soh;
    }
}

fn main() {}
