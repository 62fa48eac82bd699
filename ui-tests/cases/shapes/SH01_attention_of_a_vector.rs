// SH01

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
        block = TransformerEncoder::heads(1)(pulse.voltage);
        soh = Linear::new()(block) -> pulse.soh;
    }
}

fn main() {}
