// SH08

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = Sequential::of([Linear::to([4]), Concat::axis(-1)])(pulse.voltage);
        soh = Linear(code) -> pulse.soh;
    }
}

fn main() {}
