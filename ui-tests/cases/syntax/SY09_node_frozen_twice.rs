// SY09

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
        #[frozen]
        #[output]
        #[frozen]
        code = Linear::to([4])(pulse.voltage);
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
