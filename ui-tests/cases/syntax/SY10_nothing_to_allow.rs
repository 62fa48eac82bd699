// SY10

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        shape = Linear::to([4])(pulse.voltage);
        level = Linear::to([4])(pulse.voltage);
        #[allow(repeat)]
        fused = Concat::axis(0)(shape, level);
        #[allow(own_optimizer)]
        soh = Linear(fused) -> pulse.soh;
    }
}

fn main() {}
