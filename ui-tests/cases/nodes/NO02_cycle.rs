// NO02

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
        a = Mlp::hidden([8]).output([8])(b);
        b = Mlp::hidden([8]).output([8])(a);
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
