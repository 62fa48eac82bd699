// CO12

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    weekday: u8,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = OneHot(pulse.weekday);
        soh = Linear(code) -> pulse.soh;
    }
}

fn main() {}
