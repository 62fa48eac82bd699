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
        hidden = Linear::to([2])(pulse.temperature);
        known = FillMissing::with(0.0)(hidden);
        soh = Linear(known) -> pulse.soh;
    }
}

fn main() {}
