// ME01

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
        a = Linear::to([16, 99])(pulse.voltage);
        b = Linear::to([16, 50])(pulse.voltage);
        fused = Concat::axis(0)(a, b);
        soh = Linear::new()(fused) -> pulse.soh;
    }
}

fn main() {}
