// SH02

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
        one = Reshape::to([1, 101])(pulse.voltage);
        encoder = Conv1d::channels(8).padding(101).padding_mode(Padding::Reflect)(one);
        soh = Linear::new()(encoder) -> pulse.soh;
    }
}

fn main() {}
