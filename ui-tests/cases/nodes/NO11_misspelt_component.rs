// NO11

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        code = Linear::to([8])(pulse.voltage);
        soh = Mpl::hidden([64])(code) -> pulse.soh;
    }
}

fn main() {}
